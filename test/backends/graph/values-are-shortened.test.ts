import t from 'tap';
import { mailboxOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { mail, startStack } from '../../support/stack.ts';

const named = '<t:AdditionalProperties><t:FieldURI FieldURI="item:Body"/></t:AdditionalProperties>';
const getItem = (id: string, more: string): string =>
  envelope(
    `<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>${more}</m:ItemShape>` +
      `<m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:GetItem>`,
  );

t.test('FindItem gives 255 characters of a text, and never half of one', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  await mailboxOf(stack).deliver(mail(`${'x'.repeat(254)}😀end`));
  const field = '<t:ExtendedFieldURI PropertyTag="0x0037" PropertyType="String"/>';
  const { text } = await stack.post(
    envelope(
      `<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape>` +
        `<t:AdditionalProperties>${field}</t:AdditionalProperties></m:ItemShape>` +
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>',
    ),
  );
  t.equal(/<t:Subject>([^<]*)</.exec(text)?.[1], 'x'.repeat(254));
  t.equal(/<t:Value>([^<]*)</.exec(text)?.[1], 'x'.repeat(254));
});

t.test('GetItem gives texts whole', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  const { id } = await mailboxOf(stack).deliver(mail('x'.repeat(300)));
  const { text } = await stack.post(getItem(id, named.replace('Body', 'Subject')));
  t.equal(/<t:Subject>([^<]*)</.exec(text)?.[1], 'x'.repeat(300));
});

t.test('MaximumBodySize cuts a body in whole characters and says so', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  const { id } = await mailboxOf(stack).deliver({ ...mail('size'), bodyText: 'aäöü and more' });
  const bodyOf = async (size: number): Promise<string | undefined> => {
    const { text } = await stack.post(getItem(id, `<t:MaximumBodySize>${size}</t:MaximumBodySize>${named}`));
    return /<t:Body[^>]*>[^<]*</.exec(text)?.[0];
  };
  t.equal(await bodyOf(4), '<t:Body BodyType="Text" IsTruncated="true">aä<');
  t.equal(await bodyOf(5), '<t:Body BodyType="Text" IsTruncated="true">aäö<');
  t.match(await bodyOf(500), /<t:Body BodyType="Text">aäöü and more/);
  t.match(await bodyOf(0), /<t:Body BodyType="Text">aäöü and more/);
});
