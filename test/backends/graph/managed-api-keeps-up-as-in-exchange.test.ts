/** Changes and notifications, asked for as the EWS Managed API does it (../../support/managed-api-requests.ts). */
import t from 'tap';
import { codesOf, mailboxOf, startDifferential, type Differential } from '../../support/differential.ts';
import {
  getEvents,
  getStreamingEvents,
  subscribe,
  syncFolderHierarchy,
  syncFolderItems,
  unsubscribe,
} from '../../support/managed-api-requests.ts';
import { mail, startStack, type Answer } from '../../support/stack.ts';
import { StreamClient } from '../../support/stream-client.ts';
import { eventsIn } from '../../support/subscriber.ts';

type Post = (body: string) => Promise<Answer>;

const textOf = (element: string, text: string): string => {
  const found = new RegExp(`<[mt]:${element}>([^<]+)<`).exec(text)?.[1];
  if (found === undefined) throw new Error(`no ${element} in ${text}`);
  return found;
};

/** Changes as a program sees them: kind, id and the properties that it asked for. */
function changesIn(text: string): readonly string[] {
  return [...text.matchAll(/<t:(Create|Update|Delete|ReadFlagChange)>([^]*?)<\/t:\1>/g)]
    .map(([, kind = '', inner = '']) => {
      const id = /<t:(?:Item|Folder)Id Id="([^"]+)"/.exec(inner)?.[1];
      const rest = [...inner.matchAll(/<t:(Subject|HasAttachments|IsRead|DisplayName|FolderClass)>([^<]*)</g)];
      return `${kind} ${id} ${rest.map(([, name, value]) => `${name}=${value}`).join(' ')}`;
    })
    .toSorted();
}

/** ChangeCollection of a library user: syncs until all has come. */
class Synchronizer {
  readonly #post: Post;
  readonly #request: (state?: string) => string;
  #state: string | undefined;
  rounds = 0;

  constructor(post: Post, request: (state?: string) => string) {
    this.#post = post;
    this.#request = request;
  }

  async changes(): Promise<readonly string[]> {
    const changes: string[] = [];
    for (let more = true; more;) {
      const { text } = await this.#post(this.#request(this.#state));
      if (codesOf(text).join() !== 'NoError') throw new Error(text);
      changes.push(...changesIn(text));
      this.#state = textOf('SyncState', text);
      more = /<m:IncludesLast(?:Item|Folder)InRange>false</.test(text);
      this.rounds++;
    }
    return changes.toSorted();
  }
}

/** The same program in front of each backend. */
function both<T>({ graph, ews }: Differential, make: (post: Post) => T): readonly [through: T, direct: T] {
  return [make(graph.post), make(ews)];
}

t.test('SyncFolderItems gives the same changes through Graph, page after page', async (t) => {
  const differential = await startDifferential(t);
  const { mailbox } = differential;
  const items = [];
  for (const subject of ['1', '2', '3', '4', '5']) items.push(await mailbox.deliver(mail(subject)));
  const [through, direct] = both(differential, (post) => new Synchronizer(post, (state) => syncFolderItems(2, state)));
  const same = async (count: number): Promise<void> => {
    const [found, expected] = [await through.changes(), await direct.changes()];
    t.same(found, expected);
    t.equal(found.length, count);
  };
  await same(5);
  t.ok(through.rounds >= 3, 'never more than was asked for');
  await same(0);
  mailbox.update(items[0]?.id ?? '', { isRead: true });
  mailbox.update(items[1]?.id ?? '', { categories: ['Red'] });
  mailbox.move(items[2]?.id ?? '', 'deleteditems');
  mailbox.delete(items[3]?.id ?? '', 'hard');
  await mailbox.deliver(mail('6'));
  await same(5);
  await same(0);
});

t.test('what is to be ignored is left out, and SyncState of one folder is none of another', async (t) => {
  const differential = await startDifferential(t);
  const { mailbox, graph, ews } = differential;
  const [ignored, wanted] = [await mailbox.deliver(mail('ignored')), await mailbox.deliver(mail('wanted'))];
  for (const post of [graph.post, ews]) {
    const { text } = await post(syncFolderItems(10, undefined, [ignored.id]));
    t.same(changesIn(text), [`Create ${wanted.id} Subject=wanted HasAttachments=false IsRead=false`]);
    const other = await post(syncFolderHierarchy(textOf('SyncState', text)));
    t.same(codesOf(other.text), ['ErrorInvalidSyncStateData']);
  }
});

t.test('SyncFolderHierarchy gives the same folders and changes', async (t) => {
  const differential = await startDifferential(t);
  const { mailbox } = differential;
  const [through, direct] = both(differential, (post) => new Synchronizer(post, syncFolderHierarchy));
  const ofMail = (changes: readonly string[]): readonly string[] =>
    changes.filter((change) => /FolderClass=IPF\.Note/.test(change) || change.startsWith('Delete'));
  t.same(ofMail(await through.changes()), ofMail(await direct.changes()));
  const made = mailbox.createFolder('inbox', { displayName: 'Processed', folderClass: 'IPF.Note' });
  const named = mailbox.createFolder('inbox', { displayName: 'Old name', folderClass: 'IPF.Note' });
  const [first, second] = [await through.changes(), await direct.changes()];
  t.same(ofMail(first), ofMail(second));
  t.same(
    first.filter((change) => change.includes(made.id)).map((change) => change.split(' ')[0]),
    ['Create'],
  );
  mailbox.updateFolder(named.id, { displayName: 'New name' });
  mailbox.deleteFolder(made.id, 'hard');
  const [then, directly] = [await through.changes(), await direct.changes()];
  t.same(ofMail(then), ofMail(directly));
  t.equal(ofMail(then).length, 2);
});

t.test('notifications that are pulled are the same, up to the end of the subscription', async (t) => {
  const { mailbox, graph, ews } = await startDifferential(t);
  await mailbox.deliver(mail('old'));
  const types = ['NewMail', 'Created', 'Deleted', 'Modified'];
  const clients = await Promise.all(
    [graph.post, ews].map(async (post) => {
      const { text } = await post(subscribe('Pull', types));
      return { post, id: textOf('SubscriptionId', text), watermark: textOf('Watermark', text) };
    }),
  );
  const pull = (): Promise<readonly (readonly string[])[]> =>
    Promise.all(
      clients.map(async (client) => {
        const { text } = await client.post(getEvents(client.id, client.watermark));
        t.same(codesOf(text), ['NoError']);
        client.watermark = [...text.matchAll(/<t:Watermark>([^<]+)</g)].at(-1)?.[1] ?? '';
        return eventsIn(text).toSorted();
      }),
    );
  t.same(await pull(), [['Status'], ['Status']]);
  const item = await mailbox.deliver(mail('new'));
  const [through, direct] = await pull();
  t.same(through, direct);
  t.same(through, [`Created ${item.id}`, `NewMail ${item.id}`]);
  mailbox.delete(item.id, 'hard');
  t.same(await pull(), [[`Deleted ${item.id}`], [`Deleted ${item.id}`]]);
  for (const { post, id, watermark } of clients) {
    t.same(codesOf((await post(unsubscribe(id))).text), ['NoError']);
    t.same(codesOf((await post(getEvents(id, watermark))).text), ['ErrorSubscriptionNotFound']);
  }
});

for (const backend of ['ews', 'graph'] as const)
  t.test(`notifications are streamed: ${backend}`, async (t) => {
    const stack = await startStack(t, { backend, registration: '    graph: { pollSeconds: 1 }' });
    const id = textOf('SubscriptionId', (await stack.post(subscribe('Streaming', ['NewMail', 'Created']))).text);
    const stream = await StreamClient.open(stack.url, [id], { body: getStreamingEvents(id, 1) });
    const item = await mailboxOf(stack).deliver(mail('new'));
    t.same((await stream.until(2)).toSorted(), [`Created ${item.id}`, `NewMail ${item.id}`]);
    t.match(stream.text, /<m:ConnectionStatus>OK</);
    stream.close();
  });
