import t from 'tap';
import { findItem, itemIdOf, startExchange } from '../../support/simulated-exchange.ts';
import { mail } from '../../support/stack.ts';

const get = (id: string, paths: string): string =>
  `<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>${paths}` +
  `</t:AdditionalProperties></m:ItemShape><m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:GetItem>`;
const field = (uri: string): string => `<t:FieldURI FieldURI="${uri}"/>`;
const tag = (number: string, type: string): string =>
  `<t:ExtendedFieldURI PropertyTag="${number}" PropertyType="${type}"/>`;
const set = (uri: string, value: string): string =>
  `<t:SetItemField>${field(uri)}<t:Message>${value}</t:Message></t:SetItemField>`;

t.test('Culture and IsResponseRequested are the MAPI properties that Graph shows', async (t) => {
  const { call, simulator, keepForSchemas } = await startExchange(t);
  await simulator.exchange.mailboxes[0]?.deliver(mail('Hej'));
  const id = itemIdOf(await call(findItem()));
  const both = field('item:Culture') + tag('0x3FF1', 'Integer');
  t.match(await call(get(id, both)), /<t:Value>1033<[^]*<t:Culture>en-US</, 'of a message that says none');
  const update = (updates: string): Promise<string> =>
    call(
      `<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange>` +
        `<t:ItemId Id="${id}"/><t:Updates>${updates}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`,
    );
  const requested = '<t:IsResponseRequested>true</t:IsResponseRequested>';
  t.match(
    await update(set('item:Culture', '<t:Culture>da-DK</t:Culture>') + set('message:IsResponseRequested', requested)),
    /NoError/,
  );
  t.match(await call(get(id, both)), /<t:Value>1030<[^]*<t:Culture>da-DK</);
  t.match(await call(get(id, tag('0x63', 'Boolean'))), /<t:Value>true</);
  t.match(await update(set('item:Culture', '<t:Culture>xx-XX</t:Culture>')), /ErrorInvalidValueForProperty/);
  keepForSchemas();
});
