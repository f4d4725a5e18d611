import t, { type Test } from 'tap';
import { REAL_CLOCK } from '../../../src/backends/clock.ts';
import { ALL_A, flipped } from '../../../src/simulator/graph/behaviour.ts';
import { throttled } from '../../../src/simulator/graph/faults.ts';
import { envelope } from '../../support/envelopes.ts';
import {
  ALICE,
  basic,
  BOB,
  mail,
  send,
  startStack,
  type Answer,
  type Stack,
  type StackOptions,
} from '../../support/stack.ts';

const ALIAS = `alias.${BOB}`;
const ATTACHMENT = 'GET /users/{user}/messages/{message}/attachments/{attachment}/$value';
const FIND_ITEM =
  '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>' +
  '<m:IndexedPageItemView MaxEntriesReturned="10" Offset="0" BasePoint="Beginning"/>' +
  '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>';
const getItems = (ids: readonly string[]): string =>
  '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds>' +
  `${ids.map((id) => `<t:ItemId Id="${id}"/>`).join('')}</m:ItemIds></m:GetItem>`;
const getAttachment = (id: string): string =>
  `<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="${id}"/></m:AttachmentIds></m:GetAttachment>`;

interface Busy {
  readonly stack: Stack;
  /** Operations of all kinds, for Bob's mailbox, and how many calls at a time each makes. */
  readonly operations: readonly (readonly [operation: string, weight: number])[];
  /** Sends as Alice, who opens it by an alias, or as Bob. */
  readonly as: (username: string, operation: string) => Promise<Answer>;
}

async function started(t: Test, options: StackOptions = {}): Promise<Busy> {
  const stack = await startStack(t, { backend: 'graph', alice: `    mailbox: ${ALIAS}`, ...options });
  const { graph, exchange } = stack.simulator;
  const mailbox = exchange.mailboxes.find(({ address }) => address === BOB);
  if (mailbox === undefined) throw new Error('no mailbox');
  const ids: string[] = [];
  let attachment = '';
  for (let index = 0; index < 12; index++) {
    const content = Buffer.from(`page ${index}`);
    const item = await mailbox.deliver(mail(`Scan ${index}`, [{ name: 'a.pdf', contentType: 'a/b', content }]));
    ids.push(item.id);
    attachment = item.attachments[0]?.id ?? '';
  }
  graph.settings.latency = 5;
  return {
    stack,
    operations: [
      [FIND_ITEM, 1],
      [getItems(ids), 4],
      [getItems(ids.slice(0, 2)), 2],
      [getItems(ids.slice(0, 3)), 3],
      [getItems(ids.slice(0, 1)), 1],
      [getAttachment(attachment), 1],
    ],
    as: (username, operation) => send(stack.url, envelope(operation), { authorization: basic(username) }),
  };
}

/** Waits until a call stands in the queue, by the gateway's metrics. */
async function untilOneWaits({ admin }: Stack): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    const { text } = await send(`${admin}/metrics`, null);
    if (/state="waiting"[^}]*\} [1-9]/.test(text)) return;
  }
  throw new Error('nothing waits');
}

/** The most calls that were in flight at once, and how many Graph refused. */
function seen({ simulator }: Stack, from = 0): { readonly most: number; readonly refused: number } {
  const requests = simulator.graph.requests.slice(from);
  return {
    most: Math.max(0, ...requests.map(({ inFlight }) => inFlight)),
    refused: requests.filter(({ status }) => status === 429).length,
  };
}

t.test('many callers of one mailbox, by two addresses, make four calls at a time', async (t) => {
  const { stack, operations, as } = await started(t);
  // Nothing is known of the mailbox yet: each address learns it once.
  for (const username of [ALICE, BOB]) t.equal((await as(username, FIND_ITEM)).status, 200);
  const learnt = stack.simulator.graph.requests.length;
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => operations)
      .flat()
      .map(([operation], index) => as(index % 2 === 0 ? ALICE : BOB, operation)),
  );
  t.same([...new Set(answers.map(({ status }) => status))], [200]);
  t.same(seen(stack, learnt), { most: 4, refused: 0 });
});

t.test('a batch takes as many slots as it has calls at a time', async (t) => {
  const { stack, operations, as } = await started(t);
  await as(BOB, FIND_ITEM);
  const { graph } = stack.simulator;
  for (const [operation, weight] of operations) {
    // A call that does not end, so that three slots are left: does the operation begin beside it?
    const other = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const before = graph.requests.length;
    graph.script.add({ operation: ATTACHMENT, hold: other.promise });
    graph.onRequest = () => begun.resolve();
    const first = as(BOB, operations.at(-1)?.[0] ?? '');
    await begun.promise;
    graph.onRequest = () => undefined;
    let answered = false;
    const second = as(BOB, operation).finally(() => (answered = true));
    await (weight <= 3 ? second : untilOneWaits(stack));
    t.equal(answered, weight <= 3, `${operation.slice(3, 12)} of ${weight}`);
    other.resolve();
    t.same(
      (await Promise.all([first, second])).map(({ status }) => status),
      [200, 200],
    );
    t.ok(seen(stack, before).most <= 4);
  }
});

t.test('a slot is kept for as long as Graph asked to wait', async (t) => {
  const { stack, as } = await started(t, { clock: REAL_CLOCK });
  for (const username of [ALICE, BOB]) await as(username, FIND_ITEM);
  const { graph } = stack.simulator;
  const before = graph.requests.length;
  graph.script.add(throttled(1));
  // The first is put off; the others go on beside it until it comes again.
  let isBack = false;
  const first = as(BOB, FIND_ITEM).finally(() => (isBack = true));
  const rounds = async (): Promise<void> => {
    while (!isBack) await as(ALICE, FIND_ITEM);
  };
  await Promise.all([first, ...Array.from({ length: 6 }, rounds)]);
  const calls = graph.requests.slice(before);
  t.equal(calls[0]?.status, 429);
  t.equal(seen(stack, before + 1).refused, 0);
  const id = calls[0]?.headers['client-request-id'];
  const again = calls.findIndex(({ status, headers }) => status === 200 && headers['client-request-id'] === id);
  // Without those that may have begun before, or beside the call that came again.
  const meanwhile = calls.slice(4, again - 3);
  t.ok(meanwhile.length > 0, 'others went on');
  t.ok(Math.max(...meanwhile.map(({ inFlight }) => inFlight)) <= 3, 'three at a time');
});

t.test('steps of a batch that Graph throttles are asked again, and nothing else', async (t) => {
  const { stack, operations, as } = await started(t);
  const { graph } = stack.simulator;
  await as(BOB, FIND_ITEM);
  // Twenty at once, of which Graph refuses all but four.
  graph.behaviour = flipped(ALL_A, 'batchAtOnce');
  const before = graph.requests.length;
  const { text } = await as(BOB, operations[1]?.[0] ?? '');
  t.equal(text.match(/NoError/g)?.length, 12);
  const reads = graph.requests.slice(before).filter(({ path }) => path !== '/$batch');
  t.equal(reads.filter(({ status }) => status === 200).length, 12, 'none is read twice');
  t.ok(reads.some(({ status, isBatchStep }) => status === 429 && isBatchStep));
  t.ok(reads.every(({ inFlight }) => inFlight <= 4));
});
