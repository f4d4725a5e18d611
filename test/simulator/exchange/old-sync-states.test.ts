import t from 'tap';
import { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import { INBOX, pick, startExchange } from '../../support/simulated-exchange.ts';
import { ALICE, mail } from '../../support/stack.ts';

/** A mailbox whose log keeps few changes. */
async function withShortLog(t: Parameters<typeof startExchange>[0]) {
  const mailbox = new Mailbox(ALICE, { changesKept: 5 });
  const { call } = await startExchange(t, async ({ exchange }) => {
    exchange.mailboxes[0] = mailbox;
    for (let index = 0; index < 20; index++) await mailbox.deliver(mail(`subject ${index}`));
  });
  const sync = (state = '', count = 8): Promise<string> =>
    call(
      '<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
        `<m:SyncFolderId>${INBOX}</m:SyncFolderId>${state === '' ? '' : `<m:SyncState>${state}</m:SyncState>`}` +
        `<m:MaxChangesReturned>${count}</m:MaxChangesReturned></m:SyncFolderItems>`,
    );
  return { mailbox, sync };
}

const stateOf = (text: string): string => pick(text, /<m:SyncState>([^<]+)</);
const idsOf = (text: string, kind: string): string[] =>
  [...text.matchAll(new RegExp(`<t:${kind}>.*?<t:ItemId Id="([^"]+)"`, 'g'))].map((match) => match[1] ?? '');

t.test('a first synchronisation lists the folder, however short the log, and misses nothing meanwhile', async (t) => {
  const { mailbox, sync } = await withShortLog(t);
  const first = await sync();
  const [gone] = idsOf(first, 'Create');
  mailbox.delete(gone ?? '', 'hard');
  const news = await mailbox.deliver(mail('news'));
  const second = await sync(stateOf(first));
  const third = await sync(stateOf(second));
  t.match(third, /IncludesLastItemInRange>true/);
  const created = [first, second, third].flatMap((text) => idsOf(text, 'Create'));
  t.equal(new Set(created).size, 20);
  const fourth = await sync(stateOf(third));
  t.same([idsOf(fourth, 'Delete'), idsOf(fourth, 'Create')], [[gone], [news.id]]);
});

t.test('a state that the log no longer reaches is refused', async (t) => {
  const { mailbox, sync } = await withShortLog(t);
  const state = stateOf(await sync('', 100));
  for (let index = 0; index < 2; index++) await mailbox.deliver(mail('news'));
  t.equal(idsOf(await sync(state), 'Create').length, 2);
  for (let index = 0; index < 10; index++) await mailbox.deliver(mail('news'));
  t.match(await sync(state), /ErrorInvalidSyncStateData/);
});
