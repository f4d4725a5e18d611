import t, { type Test } from 'tap';
import { ALICE, mail } from '../../support/stack.ts';
import { findItem, getItem, pick, startExchange } from '../../support/simulated-exchange.ts';

async function withMail(t: Test) {
  const exchange = await startExchange(t);
  const item = await exchange.simulator.exchange.mailboxes[0]?.deliver(mail('An invoice'));
  const code = async (change: string, resolution = 'AlwaysOverwrite', key = ''): Promise<string> => {
    const id = `<t:ItemId Id="${item?.id}"${key === '' ? '' : ` ChangeKey="${key}"`}/>`;
    const answer = await exchange.call(
      `<m:UpdateItem ConflictResolution="${resolution}" MessageDisposition="SaveOnly"><m:ItemChanges><t:ItemChange>` +
        `${id}<t:Updates>${change}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`,
    );
    return pick(answer, /ResponseCode>(\w+)</);
  };
  return { ...exchange, id: item?.id ?? '', key: item?.changeKey ?? '', code };
}

const set = (uri: string, value: string, kind = 'SetItemField'): string =>
  `<t:${kind}><t:FieldURI FieldURI="${uri}"/><t:Message>${value}</t:Message></t:${kind}>`;
const READ = set('message:IsRead', '<t:IsRead>true</t:IsRead>');

t.test('ConflictResolution decides about stale and missing change keys', async (t) => {
  const { code, key, keepForSchemas } = await withMail(t);
  t.equal(await code(READ, 'NeverOverwrite'), 'ErrorChangeKeyRequiredForWriteOperations');
  t.equal(await code(READ, 'AutoResolve'), 'ErrorChangeKeyRequiredForWriteOperations');
  t.equal(await code(READ, 'NeverOverwrite', key), 'NoError');
  t.equal(await code(READ, 'NeverOverwrite', key), 'ErrorIrresolvableConflict', 'the key is stale now');
  t.equal(await code(READ, 'AutoResolve', key), 'NoError');
  t.equal(await code(READ, 'AlwaysOverwrite'), 'NoError');
  keepForSchemas();
});

t.test('what cannot be set, added to or deleted is refused by its own code', async (t) => {
  const { code } = await withMail(t);
  const to = `<t:ToRecipients><t:Mailbox><t:EmailAddress>${ALICE}</t:EmailAddress></t:Mailbox></t:ToRecipients>`;
  const subject = '<t:Subject>x</t:Subject>';
  t.equal(await code(set('item:Size', '<t:Size>1</t:Size>')), 'ErrorInvalidPropertySet');
  t.equal(await code(set('item:Subject', subject, 'AppendToItemField')), 'ErrorInvalidPropertyAppend');
  t.equal(await code(set('item:Importance', subject)), 'ErrorUpdatePropertyMismatch');
  const two = '<t:Sensitivity>Normal</t:Sensitivity><t:Importance>Low</t:Importance>';
  t.equal(await code(set('item:Importance', two)), 'ErrorIncorrectUpdatePropertyCount');
  t.equal(await code(set('message:ToRecipients', to)), 'ErrorInvalidPropertyUpdateSentMessage');
  const remove = (uri: string): string => `<t:DeleteItemField><t:FieldURI FieldURI="${uri}"/></t:DeleteItemField>`;
  t.equal(await code(remove('item:ItemId')), 'ErrorInvalidPropertyDelete');
  t.equal(await code(remove('message:IsRead')), 'ErrorInvalidPropertyDelete');
  t.equal(await code(remove('item:Subject')), 'NoError');
});

t.test('properties come back as they were set', async (t) => {
  const { code, call, id, keepForSchemas } = await withMail(t);
  const array =
    '<t:ExtendedFieldURI PropertySetId="c11ff724-aa03-4555-9952-8fa248a11c3e" PropertyName="L" ' +
    'PropertyType="StringArray"/>';
  const values = '<t:Values><t:Value>a</t:Value><t:Value>b</t:Value></t:Values>';
  const extended = `<t:ExtendedProperty>${array}${values}</t:ExtendedProperty>`;
  t.equal(
    await code(
      set('item:Body', '<t:Body BodyType="Text"> more</t:Body>', 'AppendToItemField') +
        set('item:Sensitivity', '<t:Sensitivity>Private</t:Sensitivity>') +
        set('item:ReminderIsSet', '<t:ReminderIsSet>true</t:ReminderIsSet>') +
        set('item:Culture', '<t:Culture>da-DK</t:Culture>') +
        set('item:Flag', '<t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag>') +
        `<t:SetItemField>${array}<t:Message>${extended}</t:Message></t:SetItemField>`,
    ),
    'NoError',
  );
  const shape = `<t:BaseShape>AllProperties</t:BaseShape><t:AdditionalProperties>${array}</t:AdditionalProperties>`;
  const item = await call(getItem(id, shape));
  t.match(item, / more<\/t:Body>/);
  t.match(item, /<t:Sensitivity>Private</);
  t.match(item, /<t:ReminderIsSet>true</);
  t.match(item, /<t:Culture>da-DK</);
  t.match(item, /<t:FlagStatus>Flagged</);
  t.ok(item.includes(values));
  t.match(await call(findItem()), /TotalItemsInView="1"/);
  keepForSchemas();
});
