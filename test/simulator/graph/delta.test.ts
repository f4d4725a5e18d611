import t from 'tap';
import { toEwsAlphabet } from '../../../src/ews/ids/alphabet.ts';
import { mail } from '../../support/stack.ts';
import { idOf, rowsOf, startGraph, subjects, type GraphAnswer, type GraphClient } from './graph-client.ts';

const DELTA = '~/mailFolders/inbox/messages/delta';

/** Follows nextLinks to the deltaLink. */
async function walk(
  client: GraphClient,
  path: string,
): Promise<{ readonly pages: GraphAnswer[]; readonly link: string }> {
  const pages: GraphAnswer[] = [];
  for (let url = path; ;) {
    const page = await client.ask(url, { headers: { prefer: 'odata.maxpagesize=2' } });
    pages.push(page);
    const next = page.json['@odata.nextLink'];
    if (next === undefined) return { pages, link: String(page.json['@odata.deltaLink']) };
    url = String(next);
  }
}

t.test('a first round in pages, then what changed', async (t) => {
  const client = await startGraph(t);
  const { deliver, alice, ask } = client;
  const ids = [await deliver('1'), await deliver('2'), await deliver('3')];
  const first = await walk(client, `${DELTA}?$select=subject,isRead`);
  t.same(
    first.pages.map((page) => rowsOf(page).length),
    [2, 1],
  );
  t.match(first.link, /messages\/delta\?\$deltatoken=[\w-]{150,}$/, 'the options are in the token');
  t.same(rowsOf(await ask(first.link)), []);
  const [one = '', two = '', three = ''] = ids.map(toEwsAlphabet);
  alice.update(one, { isRead: true });
  alice.update(two, { categories: ['Done'] });
  alice.move(three, 'deleteditems');
  await alice.deliver(mail('4'));
  const { pages } = await walk(client, first.link);
  const rows = pages.flatMap((page) => rowsOf(page));
  t.same(
    rows.find(({ id }) => id === ids[0]),
    {
      '@odata.type': '#microsoft.graph.message',
      'id': ids[0],
      'isRead': true,
      'parentFolderId': (await ask('~/mailFolders/inbox')).json['id'],
    },
    'reading alone is a short entry without etag',
  );
  t.ok(rows.find(({ id }) => id === ids[1])?.['@odata.etag'], 'a change is a whole entry');
  t.same(rows.find(({ id }) => id === ids[2])?.['@removed'], { reason: 'deleted' });
  t.ok(rows.some(({ subject }) => subject === '4'));
});

t.test('reading is not told to who did not select isRead', async (t) => {
  const client = await startGraph(t);
  const id = await client.deliver();
  const { link } = await walk(client, `${DELTA}?$select=subject`);
  client.alice.update(toEwsAlphabet(id), { isRead: true });
  t.same(rowsOf(await client.ask(link)), []);
});

t.test('$top ends the first round, pages stay at 10', async (t) => {
  const client = await startGraph(t);
  for (let number = 0; number < 12; number++) await client.deliver(String(number));
  t.equal(rowsOf(await client.ask(DELTA)).length, 10);
  const limited = await client.ask(`${DELTA}?$top=5`);
  t.equal(rowsOf(limited).length, 5);
  t.ok(limited.json['@odata.deltaLink'], 'older mail is never delivered');
});

t.test('options that change tracking does not take', async (t) => {
  const { ask } = await startGraph(t);
  const refused = await ask('~/mailFolders/delta?$top=5&$filter=x');
  t.equal(refused.code, 'ErrorInvalidUrlQuery');
  t.equal(
    refused.json.error?.message,
    "The following parameters are not supported with change tracking over the 'Folders' resource: '$filter, $top'.",
  );
  for (const option of ['$search="x"', '$count=true', '$skip=1', '$filter=isRead eq true', '$orderby=subject'])
    t.equal((await ask(`${DELTA}?${option}`)).code, 'ErrorInvalidUrlQuery', option);
  t.equal(
    (await ask(`${DELTA}?$filter=receivedDateTime ge 2026-01-01T00:00:00Z&$orderby=receivedDateTime desc`)).status,
    200,
  );
});

t.test('changeType and the filter stay in the token', async (t) => {
  const client = await startGraph(t);
  const old = await client.deliver('old', '2020-01-01T00:00:00Z');
  const created = await walk(client, `${DELTA}?changeType=created`);
  const recent = await walk(client, `${DELTA}?$filter=receivedDateTime ge 2026-01-01T00:00:00Z`);
  t.same(recent.pages.flatMap(subjects), []);
  client.alice.update(toEwsAlphabet(old), { categories: ['x'] });
  t.same(rowsOf(await client.ask(created.link)), []);
  t.same(rowsOf(await client.ask(recent.link)), []);
  const { graph } = client.simulator;
  graph.behaviour = { ...graph.behaviour, filteredDelta: 'all' };
  t.same(subjects(await client.ask(recent.link)), ['old']);
  t.equal((await client.ask(`${DELTA}?changeType=moved`)).status, 400);
});

t.test('old generations and lost caches are gone', async (t) => {
  const client = await startGraph(t);
  const { link } = await walk(client, DELTA);
  let newest = link;
  for (let round = 0; round < 3; round++) newest = String((await client.ask(newest)).json['@odata.deltaLink']);
  const gone = await client.ask(link);
  t.same([gone.status, gone.code], [410, 'SyncStateNotFound']);
  t.match(gone.json.error?.message, /^The sync state generation is not found; generation=\d+;\[highest=\d+\]\[\d+\]/);
  t.equal((await client.ask(newest)).status, 200);
  client.simulator.graph.deltas.forget();
  t.equal((await client.ask(newest)).status, 410);
  t.equal((await client.ask(`${DELTA}?$deltatoken=nonsense`)).json.error?.message, 'Badly formed token.');
});

t.test('folders: parents before children, removed ones, and no hidden ones', async (t) => {
  const client = await startGraph(t);
  const { alice, ask } = client;
  const parent = alice.createFolder('inbox', { displayName: 'B' });
  alice.createFolder(parent.id, { displayName: 'A' });
  alice.createFolder('inbox', { displayName: 'hidden', isHidden: true });
  const { pages, link } = await walk(client, '~/mailFolders/delta');
  const shown = pages.flatMap((page) => rowsOf(page).map(({ displayName }) => displayName));
  t.ok(shown.indexOf('B') < shown.indexOf('A') && shown.includes('B'));
  t.notOk(shown.includes('hidden') || shown.includes('Top of Information Store'));
  alice.deleteFolder(parent.id, 'hard');
  const rows = rowsOf(await ask(link));
  t.equal(rows.length, 2);
  for (const row of rows) t.match(row['@removed'], { reason: 'deleted' });
});

t.test('default ids change with a move, immutable ones do not', async (t) => {
  const client = await startGraph(t);
  await client.deliver();
  const headers = { prefer: 'IdType="ImmutableId"' };
  const first = await client.ask(DELTA, { headers });
  const id = rowsOf(first)[0]?.['id'];
  const [item] = client.alice.items.list(client.alice.folders.resolve('inbox').id);
  const moved = client.alice.move(item?.id ?? '', 'deleteditems');
  const [removed] = rowsOf(await client.ask(String(first.json['@odata.deltaLink']), { headers }));
  t.same([removed?.['id'], removed?.['@removed']], [id, { reason: 'deleted' }], 'the same id lives on elsewhere');
  t.not(idOf(moved), id);
});
