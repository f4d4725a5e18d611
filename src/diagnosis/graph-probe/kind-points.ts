/** Messages that are made with extended properties: of another kind, and as received ones. */
import type { ProbeAnswer } from './graph-caller.ts';
import { open, type ProbePoint, type ProbeScene } from './point.ts';

/** PidTagMessageClass of what else lies in folders of mail, where programs or users have put it. */
const OTHER_KINDS = ['IPM.Appointment', 'IPM.Contact', 'IPM.Task'] as const;

export const KIND_POINTS: readonly ProbePoint[] = [
  {
    name: 'calendar items, contacts and tasks by their ids',
    measure: async (scene) => {
      const answers: string[] = [];
      for (const itemClass of OTHER_KINDS) {
        const made = await create(scene, [{ id: 'String 0x001A', value: itemClass }]);
        const { id } = made.value;
        if (made.status !== 201 || typeof id !== 'string') return open(made);
        const { status } = await scene.graph.call('GET', `/messages/${id}?$select=id`);
        answers.push(status === 200 ? 'are messages' : `are not found (HTTP ${status})`);
      }
      const [same, ...others] = new Set(answers);
      return { answer: same !== undefined && others.length === 0 ? same : paired(answers) };
    },
  },
  {
    name: 'flags that make a message no draft',
    measure: async (scene) => {
      // PidTagMessageFlags: read alone, then submitted alone.
      for (const [flags, answer] of [
        [1, 'any without the one for drafts'],
        [4, 'only the one for submitted messages'],
      ] as const) {
        const made = await create(scene, [{ id: 'Integer 0x0E07', value: String(flags) }]);
        if (made.status !== 201) return open(made);
        if (made.value['isDraft'] === false) return { answer };
      }
      return { answer: 'none of those that are tried' };
    },
  },
];

function create({ graph, folder }: ProbeScene, singleValueExtendedProperties: readonly object[]): Promise<ProbeAnswer> {
  const subject = 'Made by ews-gateway probe-graph';
  return graph.call('POST', `/mailFolders/${folder}/messages`, { subject, singleValueExtendedProperties });
}

function paired(answers: readonly string[]): string {
  return OTHER_KINDS.map((itemClass, index) => `${itemClass} ${answers[index]}`).join(', ');
}
