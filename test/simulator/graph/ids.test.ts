import t from 'tap';
import { toEwsAlphabet, toGraphAlphabet } from '../../../src/ews/ids/alphabet.ts';
import { parseId, writeId } from '../../../src/ews/ids/item-id.ts';
import { mail } from '../../support/stack.ts';
import { idOf, startGraph } from './graph-client.ts';

t.test('ids are in their own alphabet; a slash is a segment, escaped or not', async (t) => {
  const { ask, alice, deliver } = await startGraph(t);
  let id = await deliver();
  // Until one has both characters that the alphabets differ in.
  for (let tries = 0; tries < 500 && !(id.includes('-') && id.includes('_')); tries++) {
    const [item] = alice.items.list(alice.folders.resolve('inbox').id);
    id = idOf(alice.copy(item?.id ?? '', 'drafts'));
  }
  t.equal((await ask(`~/messages/${id}`)).status, 200);
  const ews = toEwsAlphabet(id);
  for (const written of [ews, ews.replaceAll('/', '%2F')]) {
    const answer = await ask(`~/messages/${written}`);
    t.equal(answer.code, 'RequestBroker--ParseUri', written);
    t.match(answer.json.error?.message, /^Resource not found for the segment '/);
  }
  t.equal((await ask(`~/messages/${id.replace('_', '+')}`)).code, 'ErrorInvalidIdMalformed');
  t.equal((await ask(`~/messages/${encodeURIComponent(encodeURIComponent(ews))}`)).status, 200, 'escaped twice');
});

t.test('malformed, foreign and stale ids', async (t) => {
  const { ask, alice, bob, deliver } = await startGraph(t);
  const id = await deliver();
  t.equal((await ask('~/messages/nonsense')).json.error?.message, 'Id is malformed.');
  const foreign = await ask(`~/messages/${idOf(await bob.deliver(mail('x')))}`);
  t.equal(foreign.code, 'ErrorInvalidMailboxItemId');
  t.match(foreign.json.error?.message, /doesn't belong to the targeted mailbox 'alice@contoso.test'\.$/);
  const moved = alice.move(toEwsAlphabet(id), 'deleteditems');
  const stale = await ask(`~/messages/${id}`);
  t.equal(stale.status, 404);
  t.equal(stale.json.error?.message, 'The specified object was not found in the store.');
  t.equal((await ask(`~/mailFolders/inbox/messages/${idOf(moved)}`)).status, 404, 'not in that folder');
  t.equal((await ask('~/mailFolders/unheardof')).code, 'ErrorInvalidIdMalformed', 'no well-known name');
  t.equal((await ask('~/mailFolders/notes')).code, 'ErrorItemNotFound', 'no folder of mail');
  t.equal((await ask('~/mailFolders/notes/messages')).status, 200, 'but its items can be listed');
});

t.test('immutable ids are taken without a preference and given with one', async (t) => {
  const { ask, alice, deliver } = await startGraph(t);
  const id = await deliver();
  const headers = { prefer: 'IdType="ImmutableId"' };
  const { id: immutable } = (await ask(`~/messages/${id}`, { headers })).json;
  t.not(immutable, id);
  alice.move(toEwsAlphabet(id), 'deleteditems');
  const found = await ask(`~/messages/${String(immutable)}`);
  t.equal(found.status, 200);
  t.not(found.json['id'], immutable, 'the preference governs the answer alone');
});

t.test('compressed and plain forms name the same item, an attachment id its message', async (t) => {
  const { ask, deliver } = await startGraph(t);
  const id = await deliver(mail('with a file', [{ name: 'a', contentType: 'text/plain', content: Buffer.from('a') }]));
  const parsed = parseId(toEwsAlphabet(id));
  if (parsed === undefined) throw new Error('no id');
  for (const form of ['plain', 'compressed'] as const)
    t.equal((await ask(`~/messages/${toGraphAlphabet(writeId(parsed, form))}`)).json['id'], id, form);
  const [attachment] = (await ask(`~/messages/${id}/attachments`)).json.value ?? [];
  t.equal((await ask(`~/messages/${String(attachment?.['id'])}`)).json['id'], id);
});
