import t from 'tap';
import { envelope, impersonation } from '../../support/envelopes.ts';
import { findItem, getItem, INBOX, itemIdOf, pick, startExchange } from '../../support/simulated-exchange.ts';
import { ALICE, mail } from '../../support/stack.ts';

t.test('requests are held against the schema', async (t) => {
  const { send } = await startExchange(t);
  const code = async (operation: string, version = 'Exchange2013'): Promise<string> => {
    const header = `<t:RequestServerVersion Version="${version}"/>${impersonation(ALICE)}`;
    return pick((await send(envelope(operation, header))).text, /ResponseCode[^>]*>(\w+)</);
  };
  const get = (shape: string, ids: string): string =>
    `<m:GetFolder>${shape}<m:FolderIds>${ids}</m:FolderIds></m:GetFolder>`;
  const shape = '<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>';
  t.equal(await code(get(shape, INBOX)), 'NoError');
  t.equal(await code(get('', INBOX)), 'ErrorSchemaValidation', 'a required child is missing');
  t.equal(await code(get('<m:FolderShape/>', INBOX)), 'ErrorSchemaValidation', 'a shape without BaseShape');
  t.equal(await code(get(shape, '')), 'ErrorSchemaValidation', 'no id at all');
  t.equal(await code(get(shape, '<t:DistinguishedFolderId Id="imbox"/>')), 'ErrorSchemaValidation');
  t.equal(await code(findItem().replace('Shallow', 'Deep')), 'ErrorSchemaValidation', 'FindItem is never deep');
  t.equal(await code(findItem().replace(' Traversal="Shallow"', '')), 'ErrorSchemaValidation');
  const field = '<t:AdditionalProperties><t:FieldURI FieldURI="itme:Subject"/></t:AdditionalProperties>';
  t.equal(await code(findItem().replace('</m:ItemShape>', `${field}</m:ItemShape>`)), 'ErrorSchemaValidation');
  t.equal(await code(get(shape, INBOX), 'Exchange1997'), 'ErrorInvalidServerVersion');
  t.equal(await code(get(shape, INBOX), 'V2017_04_14'), 'NoError');
});

t.test('each id is answered for itself', async (t) => {
  const { call, simulator, keepForSchemas } = await startExchange(t);
  const item = await simulator.exchange.mailboxes[0]?.deliver(mail('one'));
  const folder = simulator.exchange.mailboxes[0]?.folders.resolve('inbox').id;
  const gone = await simulator.exchange.mailboxes[0]?.deliver(mail('two'));
  simulator.exchange.mailboxes[0]?.delete(gone?.id ?? '', 'hard');
  const ids = [item?.id, '', 'AAAA', folder, gone?.id].map((id) => `<t:ItemId Id="${id}"/>`);
  const wrongKey = `<t:ItemId Id="${item?.id}" ChangeKey="XXX"/>`;
  const shape = '<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>';
  const answer = await call(`<m:GetItem>${shape}<m:ItemIds>${ids.join('')}${wrongKey}</m:ItemIds></m:GetItem>`);
  t.same(
    [...answer.matchAll(/ResponseCode>(\w+)</g)].map(([, code]) => code),
    [
      'NoError',
      'ErrorInvalidIdEmpty',
      'ErrorInvalidIdMalformed',
      'ErrorCannotUseFolderIdForItemId',
      'ErrorItemNotFound',
      'ErrorInvalidChangeKey',
    ],
  );
  keepForSchemas();
});

t.test('nothing newer than RequestServerVersion is written', async (t) => {
  const { call, send, simulator } = await startExchange(t);
  await simulator.exchange.mailboxes[0]?.deliver(mail('one'));
  const id = itemIdOf(await call(findItem()));
  const as = async (version: string): Promise<string> => {
    const header = `<t:RequestServerVersion Version="${version}"/>${impersonation(ALICE)}`;
    return (await send(envelope(getItem(id), header))).text;
  };
  t.match(await as('Exchange2013'), /<t:Flag>/);
  t.notMatch(await as('Exchange2010'), /<t:Flag>/);
  t.match(await as('Exchange2010'), /<t:ConversationId /);
  t.notMatch(await as('Exchange2007_SP1'), /<t:ConversationId /);
});
