import t from 'tap';
import { startGraph } from './graph-client.ts';

const EMPTY = { method: 'POST', headers: { 'content-length': '0' } };

t.test('government: no permanentDelete, no upload sessions, no isHidden', async (t) => {
  const { ask, deliver } = await startGraph(t, {}, 'usGovernment');
  const id = await deliver();
  t.equal((await ask(`~/messages/${id}/permanentDelete`, EMPTY)).code, 'RequestBroker--ParseUri');
  const session = { AttachmentItem: { attachmentType: 'file', name: 'a', size: 4_000_000 } };
  t.equal(
    (await ask(`~/messages/${id}/attachments/createUploadSession`, { method: 'POST', body: session })).status,
    405,
  );
  t.equal((await ask('~/mailFolders/inbox?$select=isHidden')).status, 400);
  t.notOk('isHidden' in (await ask('~/mailFolders/inbox')).json);
  t.equal((await ask('~/mailFolders/inbox/messages/delta')).status, 200);
  t.equal((await ask('~/translateExchangeIds', { method: 'POST', body: {} })).status, 400);
});

t.test('China: no delta, no flag, no headers, no extended properties of folders', async (t) => {
  const { ask, deliver } = await startGraph(t, {}, 'china');
  const id = await deliver();
  t.equal((await ask('~/mailFolders/inbox/messages/delta')).code, 'ErrorInvalidIdMalformed', 'it is taken for an id');
  t.equal((await ask(`~/messages/${id}?$select=flag`)).status, 400);
  t.notOk('flag' in (await ask(`~/messages/${id}`)).json);
  t.equal((await ask(`~/messages/${id}`, { method: 'PATCH', body: { flag: { flagStatus: 'flagged' } } })).status, 400);
  const expand = "$expand=singleValueExtendedProperties($filter=id eq 'String 0x3613')";
  t.equal((await ask(`~/mailFolders/inbox?${expand}`)).status, 400);
  t.equal((await ask(`~/messages/${id}?${expand}`)).status, 200);
});
