import t from 'tap';
import { codesOf, linesOf, startDifferential, mailboxOf } from '../../support/differential.ts';
import { basic, BOB, mail, send, startStack } from '../../support/stack.ts';
import { SyncClient, syncAnswer, syncItems, type SyncRequest } from '../../support/sync-client.ts';

const SHAPE =
  '<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="item:Subject"/>' +
  '<t:FieldURI FieldURI="message:IsRead"/><t:FieldURI FieldURI="item:Size"/>' +
  '<t:FieldURI FieldURI="message:ToRecipients"/></t:AdditionalProperties>';
const PNG = { name: 'scan.png', contentType: 'image/png', content: Buffer.alloc(10) };

t.test('changes are written as Exchange writes them, in every shape', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t);
  for (const shape of ['<t:BaseShape>IdOnly</t:BaseShape>', '<t:BaseShape>Default</t:BaseShape>', SHAPE]) {
    mailbox.emptyFolder('inbox', 'hard');
    const items = [];
    for (const subject of ['read', 'changed', 'gone', 'untouched']) items.push(await mailbox.deliver(mail(subject)));
    const both = async (request: readonly SyncRequest[]): Promise<readonly [string, string]> => {
      const [one, other] = await Promise.all([graph.post(syncItems(request[0])), ews(syncItems(request[1]))]);
      return [one.text, other.text];
    };
    const written = (text: string): string[] => {
      const changes = /<m:Changes>([\s\S]*)<\/m:Changes>/.exec(text)?.[1] ?? text;
      return [...changes.matchAll(/<t:(Create|Update|Delete|ReadFlagChange)>.*?<\/t:\1>/gs)]
        .map(([change]) => linesOf(change.replaceAll(/<t:MailboxType>\w+<\/t:MailboxType>/g, '')).join(' '))
        .toSorted();
    };
    const [first, direct] = await both([{ shape }, { shape }]);
    t.same(written(first), written(direct));
    const states = [syncAnswer({ text: first }).state, syncAnswer({ text: direct }).state] as const;
    const [read, changed, gone] = items;
    mailbox.update(read?.id ?? '', { isRead: true });
    mailbox.update(changed?.id ?? '', { categories: ['Red'] });
    mailbox.delete(gone?.id ?? '', 'hard');
    await mailbox.deliver(mail('new'));
    for (const version of ['Exchange2007_SP1', 'Exchange2010', 'Exchange2013']) {
      const [later, wanted] = await both(states.map((state) => ({ state, shape, version })));
      t.equal(syncAnswer({ text: later }).changes.length, 4);
      t.same(written(later), written(wanted), version);
    }
  }
});

t.test('a state that is forged, foreign, of another folder or forgotten makes clients start over', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  const { post, url, simulator } = stack;
  await mailboxOf(stack).deliver(mail('one'));
  const { state } = syncAnswer(await post(syncItems()));
  const asBob = await send(url, syncItems({ state }), { authorization: basic(BOB) });
  const drafts = '<t:DistinguishedFolderId Id="drafts"/>';
  const answers = [
    asBob,
    await post(syncItems({ state: `${state.slice(0, -1)}${state.endsWith('A') ? 'B' : 'A'}` })),
    await post(syncItems({ state: 'H4sIAAAA' })),
    await post(syncItems({ state, folder: drafts })),
  ];
  t.equal((await post(syncItems({ state }))).status, 200, 'it was none of these');
  simulator.graph.deltas.forget();
  answers.push(await post(syncItems({ state })));
  for (const { text, status } of answers) t.same([status, codesOf(text)], [200, ['ErrorInvalidSyncStateData']]);
  t.match(answers[0]?.text, '<m:SyncState/><m:IncludesLastItemInRange>true<', 'clients read both before the error');
  const unknown = await post(syncItems({ folder: '<t:DistinguishedFolderId Id="tasks"/>' }));
  t.same(codesOf(unknown.text), ['ErrorSyncFolderNotFound']);
});

t.test('an answer that was lost can be asked for again', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  const { post } = stack;
  for (const subject of ['1', '2', '3', '4']) await mailboxOf(stack).deliver(mail(subject));
  const first = syncAnswer(await post(syncItems({ most: 2 })));
  const [second, again] = [
    syncAnswer(await post(syncItems({ most: 2, state: first.state }))),
    syncAnswer(await post(syncItems({ most: 2, state: first.state }))),
  ];
  t.same(again.changes, second.changes);
  t.equal(new Set([...first.changes, ...second.changes].map(({ id }) => id)).size, 4);
});

t.test('the messages to ignore are left out, and not reported later', async (t) => {
  const { graph, mailbox } = await startDifferential(t);
  const [one, two] = [await mailbox.deliver(mail('1')), await mailbox.deliver(mail('2'))];
  const first = syncAnswer(await graph.post(syncItems({ more: `<m:Ignore><t:ItemId Id="${one.id}"/></m:Ignore>` })));
  t.same(
    first.changes.map(({ id }) => id),
    [two.id],
  );
  t.same(syncAnswer(await graph.post(syncItems({ state: first.state }))).changes, []);
});

t.test('a message is reported once Safe Attachments has scanned it', async (t) => {
  const { graph, mailbox } = await startDifferential(t, { registration: '    graph: { waitForScan: true }' });
  const { settings } = graph.simulator.graph;
  settings.safeAttachmentsScan = 3_600_000;
  const scanned = await mailbox.deliver(mail('with', [PNG]));
  const plain = await mailbox.deliver(mail('without'));
  const first = syncAnswer(await graph.post(syncItems()));
  t.same([first.includesLast, first.changes.map(({ id }) => id)], [true, [plain.id]]);
  mailbox.update(scanned.id, { categories: ['Red'] });
  const second = syncAnswer(await graph.post(syncItems({ state: first.state })));
  t.same(second.changes, []);
  settings.safeAttachmentsScan = 0;
  const third = syncAnswer(await graph.post(syncItems({ state: second.state })));
  t.match(third.changes, [{ kind: 'Create', id: scanned.id }]);
  t.same(syncAnswer(await graph.post(syncItems({ state: third.state }))).changes, []);
});

t.test('a page costs one call, whatever the shape', async (t) => {
  const { graph, mailbox } = await startDifferential(t);
  for (let index = 0; index < 12; index++) await mailbox.deliver(mail(`${index}`));
  await graph.post(syncItems({ most: 1 }));
  const { requests } = graph.simulator.graph;
  const before = requests.length;
  const { changes, state } = syncAnswer(await graph.post(syncItems({ shape: SHAPE })));
  t.same([changes.length, requests.length - before], [12, 1]);
  // The options of the first round are in Graph's token: another shape has its messages read one by one.
  for (const { id } of mailbox.items.list(mailbox.folders.resolve('inbox').id))
    mailbox.update(id, { categories: ['x'] });
  const other = await graph.post(syncItems({ state, shape: '<t:BaseShape>AllProperties</t:BaseShape>' }));
  t.equal(other.text.match(/<t:ItemClass>/g)?.length, 12);
});

t.test('in a large folder each message is reported as new once, and later as changed', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  const mailbox = mailboxOf(stack);
  // More than the latest that a state keeps one by one, on several pages.
  const ids = Array.from({ length: 300 }, (_, index) => mailbox.add({ subject: `${index}` }, 'inbox').id);
  const client = new SyncClient(stack.post);
  await client.finish(80);
  t.same([...client.items.keys()].toSorted(), ids.toSorted());
  const [oldest, next] = ids;
  mailbox.update(oldest ?? '', { categories: ['Red'] });
  mailbox.delete(next ?? '', 'hard');
  const late = mailbox.add({ subject: 'late' }, 'inbox').id;
  const { changes } = syncAnswer(await stack.post(syncItems({ state: client.state ?? '' })));
  t.same(changes.map(({ kind, id }) => `${kind} ${id}`).toSorted(), [
    `Create ${late}`,
    `Delete ${next}`,
    `Update ${oldest}`,
  ]);
});

t.test('one change at a time comes to an end, too', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  for (const subject of ['1', '2']) await mailboxOf(stack).deliver(mail(subject));
  const client = new SyncClient(stack.post);
  await client.finish(1);
  t.equal(client.items.size, 2);
});

t.test('a page that is too much for Graph is asked for again in a quarter of the size, down to one', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  const { graph } = stack.simulator;
  for (let index = 0; index < 40; index++) mailboxOf(stack).add({ subject: `${index}` }, 'inbox');
  const refusing = (times: number): void =>
    graph.script.add({
      operation: 'GET /users/{user}/mailFolders/{folder}/messages/delta',
      times,
      status: 400,
      headers: { 'content-type': 'application/json' },
      body: '{"error":{"code":"ErrorRestrictionTooComplex","message":"The query is too complex."}}',
    });
  const sizes = async (): Promise<readonly [string | undefined, readonly (string | undefined)[]]> => {
    const before = graph.requests.length;
    const { text } = await stack.post(syncItems({ most: 100 }));
    const asked = graph.requests.slice(before).filter(({ path }) => path.includes('/delta'));
    return [codesOf(text)[0], asked.map(({ headers }) => /maxpagesize=(\d+)/.exec(headers['prefer'] ?? '')?.[1])];
  };
  refusing(3);
  t.same(await sizes(), ['NoError', ['100', '25', '6', '1']]);
  refusing(4);
  t.same(await sizes(), ['ErrorRestrictionTooComplex', ['100', '25', '6', '1']]);
});
