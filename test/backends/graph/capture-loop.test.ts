import t, { type Test } from 'tap';
import {
  ALL_A,
  ALL_B,
  flipped,
  type BehaviourPoint,
  type GraphBehaviour,
} from '../../../src/simulator/graph/behaviour.ts';
import { restrictionTooComplex, shortPage, throttled, truncated } from '../../../src/simulator/graph/faults.ts';
import { sample } from '../../support/effort.ts';
import { startStack, type Stack } from '../../support/stack.ts';
import { fill, findItem, inboxOf, pagesIn, type FindItemRequest, type SeededMessage } from './find-item-requests.ts';

const COUNT = 30;
const LIST = 'GET /users/{user}/mailFolders/{folder}/messages';
const UNREAD =
  '<t:IsEqualTo><t:FieldURI FieldURI="message:IsRead"/><t:FieldURIOrConstant><t:Constant Value="false"/>' +
  '</t:FieldURIOrConstant></t:IsEqualTo>';
/** Many messages of one second, so that pages end within equal dates, of which answers do not show the fractions. */
const MESSAGES = Array.from({ length: COUNT }, (_, index): SeededMessage => {
  const received = Math.floor(index / 9);
  return {
    subject: `Scan ${index % 7}`,
    received,
    milliseconds: (index % 9) * 100,
    isRead: false,
    importance: 'normal',
    categories: ['Red'],
    length: 1,
  };
});
const POINTS_OF_LISTS: readonly BehaviourPoint[] = [
  'filteredCount',
  'folderCounters',
  'sortOutsideFilter',
  'startswithSorted',
  'dateFirstCarries',
  'unsortedFilter',
  'concurrencyPer',
  'batchAtOnce',
  'fractionsOfDates',
];
const BEHAVIOURS: Readonly<Record<string, GraphBehaviour>> = {
  A: ALL_A,
  B: ALL_B,
  ...Object.fromEntries(sample(POINTS_OF_LISTS).map((point) => [point, flipped(ALL_A, point)])),
};
const QUESTIONS: Readonly<Record<string, Omit<FindItemRequest, 'view'>>> = {
  'newest first': {},
  'unread, oldest first': { restriction: UNREAD, sort: [{ field: 'item:DateTimeReceived', descending: false }] },
  'by subject': { sort: [{ field: 'item:Subject', descending: false }] },
};

/** Pages through the Inbox as capture products do, and deals with each message in between. */
async function capture(
  { post, simulator }: Stack,
  question: FindItemRequest,
  deal: 'move' | 'mark',
): Promise<string[]> {
  const inbox = inboxOf(simulator);
  const seen: string[] = [];
  let offset = '0';
  for (let round = 0; round < COUNT; round++) {
    const view = `<m:IndexedPageItemView MaxEntriesReturned="7" Offset="${offset}" BasePoint="Beginning"/>`;
    const [page] = pagesIn((await post(findItem({ ...question, view }))).text);
    if (page?.code !== 'NoError') throw new Error(`the page was refused: ${page?.code}`);
    seen.push(...page.ids);
    for (const id of page.ids) {
      const item = inbox.items
        .list(inbox.folders.resolve('inbox').id)
        .find(({ internetMessageId }) => internetMessageId === `<${id}@fabrikam.test>`);
      if (item === undefined) throw new Error(`message ${id} is not in the Inbox any more`);
      if (deal === 'move') inbox.move(item.id, 'drafts');
      else inbox.update(item.id, { isRead: true });
    }
    offset = page.offset ?? '';
    if (page.includesLast) return seen;
  }
  throw new Error('the list has no end');
}

async function seesAll(t: Test, stack: Stack, disturb?: () => void): Promise<void> {
  for (const [name, question] of Object.entries(QUESTIONS))
    for (const deal of name === 'by subject' ? (['move'] as const) : (['move', 'mark'] as const)) {
      const inbox = inboxOf(stack.simulator);
      for (const folder of ['inbox', 'drafts']) inbox.emptyFolder(folder, 'hard');
      fill(inbox, MESSAGES);
      stack.simulator.graph.script.clear();
      disturb?.();
      const seen = await capture(stack, question, deal);
      // Sorting here reads the list but once.
      if (name !== 'by subject' && disturb !== undefined)
        t.equal(stack.simulator.graph.script.take(LIST), undefined, 'every fault was played');
      stack.simulator.graph.script.clear();
      t.same(seen.toSorted(), MESSAGES.map((_, index) => String(index)).toSorted(), `${name}, ${deal}`);
    }
}

t.test('a capture loop sees every message once, whatever Graph answers where sources disagree', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  for (const [name, behaviour] of Object.entries(BEHAVIOURS))
    await t.test(name, async (t) => {
      stack.simulator.graph.behaviour = behaviour;
      await seesAll(t, stack);
    });
});

t.test('a capture loop sees every message once in spite of short and empty pages and refusals', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  const { script } = stack.simulator.graph;
  const faults = {
    'short pages': [{ ...shortPage(3), times: 4 }],
    'empty pages': [shortPage(0), {}, shortPage(0), shortPage(0)],
    'too complex': [{}, restrictionTooComplex()],
    'throttled': [{}, throttled(0)],
    'cut off': [{}, truncated()],
  } as const;
  for (const [name, list] of Object.entries(faults))
    await t.test(name, async (t) => {
      await seesAll(t, stack, () => script.add(...list.map((fault) => ({ ...fault, operation: LIST }))));
    });
});
