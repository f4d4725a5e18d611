/** What lists of messages can be filtered and sorted by, where no page says it. */
import type { GraphCaller, ProbeAnswer } from './graph-caller.ts';
import { open, type ProbePoint, type ProbeScene } from './point.ts';
import { idsIn, SMALL_FILE } from './scene-objects.ts';

const DAY = 86_400_000;
/** Members that a sort order may name, beside dates and the subject. */
const FURTHER = ['from/emailAddress/name', 'importance', 'isRead', 'hasAttachments'] as const;
/** PidTagMessageDeliveryTime. */
const DELIVERY_TIME = 'SystemTime 0x0E06';
const SECOND = '2001-01-01T00:00:00';

export const QUERY_POINTS: readonly ProbePoint[] = [
  {
    name: 'the date of creation in filters and sort orders',
    capability: 'queriesByCreation',
    measure: async ({ graph, folder, draft }) => {
      const made = await draft();
      const order = '$orderby=createdDateTime desc';
      const within = async (start: Date): Promise<ProbeAnswer> =>
        list(graph, folder, `$filter=createdDateTime ge ${start.toISOString()}&${order}`);
      const [all, none, sorted] = [
        await within(new Date(Date.now() - DAY)),
        await within(new Date(Date.now() + DAY)),
        await list(graph, folder, order),
      ];
      const refused = [all, none, sorted].find(({ status }) => status !== 200);
      if (refused?.status === 400) return { answer: 'is refused (HTTP 400)', value: false };
      if (refused !== undefined) return open(refused);
      const isRight = idsIn(all).includes(made) && idsIn(none).length === 0;
      return isRight ? { answer: 'is taken', value: true } : { answer: 'has no effect', value: false };
    },
  },
  {
    name: 'further members in sort orders',
    measure: async (scene) => {
      const child = await scene.graph.call('POST', `/mailFolders/${scene.folder}/childFolders`, {
        displayName: 'sorted',
      });
      const folder = String(child.value['id'] ?? '');
      if (child.status !== 201 || folder === '') return open(child);
      const ids = await twoThatDiffer({ ...scene, folder });
      if ('status' in ids) return open(ids);
      const [refused, idle]: [string[], string[]] = [[], []];
      for (const member of FURTHER) {
        const up = await list(scene.graph, folder, `$orderby=${member} asc`);
        const down = await list(scene.graph, folder, `$orderby=${member} desc`);
        const bad = [up, down].find(({ status }) => status !== 200);
        if (bad !== undefined && bad.status !== 400) return open(bad);
        if (bad !== undefined) refused.push(member);
        else if (`${idsIn(up)}` !== `${ids}` || `${idsIn(down)}` !== `${ids.toReversed()}`) idle.push(member);
      }
      const parts = [
        ...(refused.length === 0 ? [] : [`refused: ${refused.join(', ')}`]),
        ...(idle.length === 0 ? [] : [`without an effect: ${idle.join(', ')}`]),
      ];
      return { answer: parts.length === 0 ? 'are taken' : parts.join('; ') };
    },
  },
  {
    name: 'fractions of seconds in filters by date',
    measure: async ({ graph, folder, received }) => {
      const id = await received({
        singleValueExtendedProperties: [
          { id: 'Integer 0x0E07', value: '5' },
          { id: DELIVERY_TIME, value: `${SECOND}.500Z` },
        ],
      });
      const found = await list(graph, folder, `$filter=receivedDateTime eq ${SECOND}Z`);
      if (found.status !== 200) return open(found);
      return { answer: idsIn(found).includes(id) ? 'are not compared' : 'are compared' };
    },
  },
];

function list(graph: GraphCaller, folder: string, query: string): Promise<ProbeAnswer> {
  return graph.call('GET', `/mailFolders/${folder}/messages?$select=id&${encodeURI(query)}`);
}

/** Two messages of which the second comes later by every member. @returns their ids, or the answer that has none */
async function twoThatDiffer({ graph, folder }: ProbeScene): Promise<readonly string[] | ProbeAnswer> {
  const from = (name: string): object => ({ emailAddress: { name, address: `${name}@example.com` } });
  const ids: string[] = [];
  for (const message of [
    { from: from('a'), importance: 'low', isRead: false },
    { from: from('b'), importance: 'high', isRead: true, attachments: [SMALL_FILE] },
  ]) {
    const made = await graph.call('POST', `/mailFolders/${folder}/messages`, message);
    if (made.status !== 201 || typeof made.value['id'] !== 'string') return made;
    ids.push(made.value['id']);
  }
  return ids;
}
