import t from 'tap';
import { recipient } from '../../../src/simulator/mailbox/message.ts';
import { codesOf, startDifferential } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { mail } from '../../support/stack.ts';

const update = (id: string, updates: string): string =>
  envelope(
    '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange>' +
      `<t:ItemId Id="${id}"/><t:Updates>${updates}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`,
  );
const append = (path: string, value: string): string =>
  `<t:AppendToItemField>${path}<t:Message>${value}</t:Message></t:AppendToItemField>`;
const uri = (name: string): string => `<t:FieldURI FieldURI="${name}"/>`;
const people = (element: string): string =>
  `<t:${element}><t:Mailbox><t:Name>New</t:Name><t:EmailAddress>new@fabrikam.test</t:EmailAddress></t:Mailbox>` +
  `</t:${element}>`;
const FIELD = '<t:ExtendedFieldURI PropertyTag="0x0071" PropertyType="Binary"/>';

t.test('what is appended to a draft is what Exchange appends', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t);
  for (const [name, updates] of [
    ['body', append(uri('item:Body'), '<t:Body BodyType="Text">, and more</t:Body>')],
    ['to', append(uri('message:ToRecipients'), people('ToRecipients'))],
    ['cc', append(uri('message:CcRecipients'), people('CcRecipients'))],
    ['bcc', append(uri('message:BccRecipients'), people('BccRecipients'))],
    ['reply to', append(uri('message:ReplyTo'), people('ReplyTo'))],
    ['subject', append(uri('item:Subject'), '<t:Subject>more</t:Subject>')],
    ['read', append(uri('message:IsRead'), '<t:IsRead>true</t:IsRead>')],
    ['categories', append(uri('item:Categories'), '<t:Categories><t:String>Red</t:String></t:Categories>')],
    ['extended', append(FIELD, `<t:ExtendedProperty>${FIELD}<t:Value>eA==</t:Value></t:ExtendedProperty>`)],
  ] as const) {
    const drafts = [0, 1].map(() =>
      mailbox.add(
        { ...mail(name), to: [recipient('to@fabrikam.test', 'To')], cc: [recipient('cc@fabrikam.test', 'Cc')] },
        'drafts',
        { isDraft: true },
      ),
    );
    const [first, second] = drafts.map(({ id }) => id);
    const direct = await ews(update(first ?? '', updates));
    const through = await graph.post(update(second ?? '', updates));
    t.same(codesOf(through.text), codesOf(direct.text), name);
    const [one, other] = [mailbox.item(first ?? ''), mailbox.item(second ?? '')];
    for (const member of ['bodyText', 'subject', 'to', 'cc', 'bcc', 'replyTo', 'categories', 'isRead'] as const)
      t.same(other[member], one[member], `${member} after ${name}`);
  }
});
