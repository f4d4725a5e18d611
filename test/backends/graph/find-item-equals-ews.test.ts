import fc from 'fast-check';
import t from 'tap';
import { THOROUGH } from '../../support/effort.ts';
import { startStack } from '../../support/stack.ts';
import {
  fill,
  findItem,
  inboxOf,
  messages,
  pagesIn,
  requests,
  type FindItemRequest,
  type Page,
  type SeededMessage,
} from './find-item-requests.ts';

const SEED = Number(process.env['SEED'] ?? 20_261_125);
/** More than 250 come to the 10,000 calls that Graph takes in ten minutes. */
const RUNS = Number(process.env['RUNS'] ?? (THOROUGH ? 120 : 30));
const IMPORTANCES = ['high', 'low', 'normal'] as const;

/** What a message is sorted by; rows with equal keys come in any order, as neither service promises one. */
function keyOf(list: readonly SeededMessage[], id: string, sort: FindItemRequest['sort'] = []): string {
  const one = list[Number(id)];
  if (one === undefined) return 'unknown';
  const fields = sort.length === 0 ? ['item:DateTimeReceived'] : sort.map(({ field }) => field);
  const keys = fields.map((field) => {
    if (field === 'item:Subject') return one.subject.toLowerCase();
    if (field === 'item:Size') return one.subject.length * 2 + one.length * 10;
    if (field === 'item:Importance') return IMPORTANCES.indexOf(one.importance);
    return field === 'message:IsRead' ? one.isRead : one.received;
  });
  return JSON.stringify(keys);
}

t.test('FindItem answers through Graph what Exchange Web Services answer', async (t) => {
  const [graph, ews] = [await startStack(t, { backend: 'graph' }), await startStack(t)];
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(messages(20), messages(300)),
      fc.array(requests, { minLength: 1, maxLength: 6 }),
      async (list, asked) => {
        for (const { simulator } of [graph, ews]) {
          const mailbox = inboxOf(simulator);
          for (const name of ['inbox', 'drafts']) mailbox.emptyFolder(name, 'hard');
          fill(mailbox, list);
          fill(mailbox, list.slice(0, 3), 'drafts');
        }
        for (const request of asked) {
          const body = findItem(request);
          const [one, other] = await Promise.all([graph.post(body), ews.post(body)]);
          const [found, wanted] = [pagesIn(one.text), pagesIn(other.text)];
          const shown = ({ ids, total: _total, ...rest }: Page): object => ({
            ...rest,
            keys: ids.map((id) => keyOf(list, id, request.sort)),
            distinct: new Set(ids).size,
          });
          if (JSON.stringify(found.map(shown)) !== JSON.stringify(wanted.map(shown)))
            throw new Error(`differs:\n${JSON.stringify(found)}\n${JSON.stringify(wanted)}\n${one.text}`);
          for (const [index, page] of found.entries()) checkTotal(page, wanted[index], request);
        }
      },
    ),
    { seed: SEED, numRuns: RUNS, interruptAfterTimeLimit: 100_000 },
  );
  t.equal(ews.simulator.graph.requests.length, 0);
  t.equal(graph.simulator.exchange.requests.length, 0);
});

/**
 * The total of a restricted view is only a lower bound before its end is reached: Graph's $count cannot be trusted
 * and rows that Graph does not judge would all have to be read. Counters are remembered for a minute, so that totals
 * before the end are those of another random mailbox here.
 */
function checkTotal(page: Page, wanted: Page | undefined, { view = '' }: FindItemRequest): void {
  if (wanted === undefined || page.code !== 'NoError') return;
  const next = Number(page.offset);
  if (page.total < next + Number(!page.includesLast)) throw new Error(`the total ${page.total} lies before the end`);
  const isExact = page.includesLast || view.includes('Fractional');
  if (isExact && page.total !== wanted.total) throw new Error(`the total is ${page.total}, not ${wanted.total}`);
}

t.test('a QueryString is refused, for which Graph has no counterpart that could be paged', async (t) => {
  const { post, simulator } = await startStack(t, { backend: 'graph' });
  const { text } = await post(findItem({ more: '<m:QueryString>subject:x</m:QueryString>' }));
  t.match(text, /ErrorInvalidOperation/);
  t.equal(simulator.graph.requests.filter(({ template }) => template.endsWith('/messages')).length, 0);
});
