import t from 'tap';
import { syncAnswer } from '../../support/sync-client.ts';
import { mail } from '../../support/stack.ts';
import { INBOX, startExchange } from '../../support/simulated-exchange.ts';

t.test('a message that came and went while changes come in several answers is not reported', async (t) => {
  const { call, simulator } = await startExchange(t);
  const [mailbox] = simulator.exchange.mailboxes;
  if (mailbox === undefined) throw new Error('there is no mailbox');
  const sync = async (state?: string): Promise<{ changes: string[]; state: string }> => {
    const text = await call(
      `<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>${INBOX}` +
        `</m:SyncFolderId><m:SyncState>${state ?? ''}</m:SyncState><m:MaxChangesReturned>1</m:MaxChangesReturned>` +
        '</m:SyncFolderItems>',
    );
    const answer = syncAnswer({ text });
    return { changes: answer.changes.map(({ kind, id }) => `${kind} ${id}`), state: answer.state };
  };
  const { state } = await sync();
  const gone = await mailbox.deliver(mail('gone before the first answer'));
  const stays = await mailbox.deliver(mail('stays'));
  const later = await mailbox.deliver(mail('gone between two answers'));
  mailbox.delete(gone.id, 'hard');
  const first = await sync(state);
  t.same(first.changes, [`Create ${stays.id}`]);
  const second = await sync(first.state);
  t.same(second.changes, [`Create ${later.id}`]);
  mailbox.delete(later.id, 'hard');
  t.same((await sync(second.state)).changes, [`Delete ${later.id}`], 'the other one was never told, nor that it went');
});
