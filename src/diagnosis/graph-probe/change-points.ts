/** How Graph tracks changes of a folder (delta), where no page says it. */
import { toEwsAlphabet } from '../../ews/ids/alphabet.ts';
import { parseId } from '../../ews/ids/item-id.ts';
import type { GraphCaller, ProbeAnswer } from './graph-caller.ts';
import { open, type ProbePoint } from './point.ts';

/** Rounds that are tried at most. */
const MOST_ROUNDS = 6;
/** Pages of one round. */
const MOST_PAGES = 20;
const DAY = 86_400_000;

interface Round {
  /** What Graph answered last. */
  readonly answer: ProbeAnswer;
  readonly entries: readonly Entry[];
  /** Query of the link to the next round; undefined where the round did not come to its end. */
  readonly next: string | undefined;
}

interface Entry {
  readonly 'id'?: string;
  readonly '@removed'?: unknown;
}

export const CHANGE_POINTS: readonly ProbePoint[] = [
  {
    name: 'how often a state of changes can be used',
    measure: async ({ graph, folder, draft }) => {
      const first = await round(graph, folder, '$select=id');
      if (first.next === undefined) return open(first.answer);
      let { next } = first;
      for (let rounds = 1; rounds <= MOST_ROUNDS; rounds++) {
        await draft();
        const later = await round(graph, folder, next);
        if (later.next === undefined) return open(later.answer);
        ({ next } = later);
        const again = await graph.call('GET', pathOf(folder, first.next));
        if (again.status !== 200 && again.status !== 400 && again.status !== 410) return open(again);
        if (again.status !== 200) return { answer: `until ${rounds} later ones are there (HTTP ${again.status})` };
      }
      return { answer: `still with ${MOST_ROUNDS} later ones` };
    },
  },
  {
    name: 'older messages in changes that are filtered by date',
    measure: async ({ graph, folder, draft }) => {
      const [changed, removed] = [await draft(), await draft()];
      // Drafts count as received when they are made: before this date.
      const filter = encodeURIComponent(`receivedDateTime ge ${new Date(Date.now() + DAY).toISOString()}`);
      const first = await round(graph, folder, `$select=id,importance&$filter=${filter}`);
      if (first.next === undefined) return open(first.answer);
      if (first.entries.length > 0) return { answer: 'the filter has no effect' };
      const patched = await graph.call('PATCH', `/messages/${changed}`, { importance: 'high' });
      const deleted = await graph.call('DELETE', `/messages/${removed}`);
      if (patched.status !== 200 || deleted.status !== 204) return open(patched.status === 200 ? deleted : patched);
      const later = await round(graph, folder, first.next);
      if (later.next === undefined) return open(later.answer);
      const tells = (id: string): boolean => later.entries.some((entry) => entry.id === id);
      const told = [...(tells(changed) ? ['changes'] : []), ...(tells(removed) ? ['removals'] : [])];
      return { answer: told.length === 0 ? 'are left out' : `are told: ${told.join(' and ')}` };
    },
  },
  {
    name: 'the size of pages of changes',
    measure: async ({ graph, folder, draft }) => {
      for (let count = 0; count < 3; count++) await draft();
      const preferred = { prefer: 'odata.maxpagesize=2' };
      const page = await graph.call('GET', pathOf(folder, '$select=id'), undefined, preferred);
      if (page.status !== 200) return open(page);
      const { length } = entriesOf(page);
      return { answer: length === 2 ? 'as preferred' : `of the server: ${length} where 2 are preferred` };
    },
  },
  {
    // By them a message counts as new or as changed; where they do not rise, its date decides.
    name: 'counters in the ids of new and moved messages',
    measure: async ({ graph, folder, draft }) => {
      const [first, second] = [await draft(), await draft()];
      const made = await graph.call('POST', `/mailFolders/${folder}/childFolders`, { displayName: 'moved' });
      if (made.status !== 201) return open(made);
      const moved = await graph.call('POST', `/messages/${first}/move`, { destinationId: made.value['id'] });
      if (moved.status !== 201) return open(moved);
      const counters = [first, second, String(moved.value['id'])].map(counterIn);
      if (counters.includes(undefined)) return { answer: 'ids are of a form that is not known' };
      const [one = 0, two = 0, three = 0] = counters;
      return { answer: one < two && two < three ? 'rise' : `do not rise: ${counters.join(', ')}` };
    },
  },
];

/** Undefined where the id has another form. */
function counterIn(id: string): number | undefined {
  const parsed = parseId(toEwsAlphabet(id));
  return parsed?.kind === 'item' ? parsed.message.counter : undefined;
}

const pathOf = (folder: string, query: string): string => `/mailFolders/${folder}/messages/delta?${query}`;

/** Follows the pages of a round. @param query of its first request, or of the link to it */
async function round(graph: GraphCaller, folder: string, query: string): Promise<Round> {
  const entries: Entry[] = [];
  let next = query;
  for (let pages = 1; ; pages++) {
    const answer = await graph.call('GET', pathOf(folder, next));
    if (answer.status !== 200) return { answer, entries, next: undefined };
    entries.push(...entriesOf(answer));
    const ended = queryOf(answer.value['@odata.deltaLink']);
    const more = queryOf(answer.value['@odata.nextLink']);
    if (ended !== undefined || more === undefined || pages === MOST_PAGES) return { answer, entries, next: ended };
    next = more;
  }
}

function entriesOf({ value }: ProbeAnswer): readonly Entry[] {
  return (value['value'] ?? []) as readonly Entry[];
}

/** Only the query of a link counts: the path is known. */
function queryOf(link: unknown): string | undefined {
  return typeof link === 'string' && URL.canParse(link) ? new URL(link).search.slice(1) : undefined;
}
