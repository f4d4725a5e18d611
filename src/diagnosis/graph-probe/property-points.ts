/** Extended properties of messages, of which no page says whether Graph gives, takes or keeps them. */
import type { GraphCaller, ProbeAnswer } from './graph-caller.ts';
import { open, type ProbePoint } from './point.ts';
import { expandProperty, propertyIn } from './scene-objects.ts';

/** PidTagNativeBody, and what it says of texts and of HTML. */
const NATIVE_BODY = 'Integer 0x1016';
const NATIVE_KINDS = { text: '1', html: '3' } as const;
const ITEM_CLASS = 'String 0x001A';
/** PidTagPolicyTag: the retention tag. Here one that no mailbox has, on a draft. */
const POLICY_TAG = 'Binary 0x3019';
const NO_TAG = Buffer.from('7c7e5e0a6d5c4f439d2a0f6b1d8c3a11', 'hex').toString('base64');
const OWN_PROPERTY = 'String {7c7e5e0a-6d5c-4f43-9d2a-0f6b1d8c3a11} Name ews-gateway-probe-large';
/** Characters: more than a row of a table may hold, and less than any request. */
const LARGE = 200_000;

export const PROPERTY_POINTS: readonly ProbePoint[] = [
  {
    name: 'the kind of body that a message was made with',
    measure: async ({ graph, folder }) => {
      const wrong: string[] = [];
      for (const [contentType, expected] of Object.entries(NATIVE_KINDS)) {
        const body = { contentType, content: contentType === 'html' ? '<p>probe</p>' : 'probe' };
        const made = await graph.call('POST', `/mailFolders/${folder}/messages`, { body });
        const { id } = made.value;
        if (made.status !== 201 || typeof id !== 'string') return open(made);
        const read = await readProperty(graph, id, NATIVE_BODY);
        if (read.status !== 200) return open(read);
        const kind = propertyIn(read);
        if (kind !== expected) wrong.push(`${contentType}: ${kind ?? 'none'}`);
      }
      return { answer: wrong.length === 0 ? 'is given' : `is not given (${wrong.join(', ')})` };
    },
  },
  {
    name: 'changing the class of a message',
    measure: async ({ graph, draft }) => {
      const wanted = 'IPM.Note.Probe';
      return kept(await written(graph, await draft(), ITEM_CLASS, wanted), wanted);
    },
  },
  {
    name: 'the retention tag of a message',
    measure: async ({ graph, draft }) => kept(await written(graph, await draft(), POLICY_TAG, NO_TAG), NO_TAG),
  },
  {
    name: `extended properties of ${LARGE / 1_000} kB`,
    measure: async ({ graph, draft }) => {
      const large = 'probe'.repeat(LARGE / 5);
      const read = await written(graph, await draft(), OWN_PROPERTY, large);
      const value = read.status === 200 ? propertyIn(read) : undefined;
      const isCut = value !== undefined && value !== large && large.startsWith(value);
      return isCut ? { answer: `are cut to ${value.length} characters` } : kept(read, large);
    },
  },
];

function readProperty(graph: GraphCaller, id: string, property: string): Promise<ProbeAnswer> {
  return graph.call('GET', `/messages/${id}?$select=id&${expandProperty(property)}`);
}

/** Sets a property of a message, and reads it again. @returns the answer that refuses it, else the one that has it */
async function written(graph: GraphCaller, id: string, property: string, value: string): Promise<ProbeAnswer> {
  const body = { singleValueExtendedProperties: [{ id: property, value }] };
  const patched = await graph.call('PATCH', `/messages/${id}`, body);
  return patched.status === 200 ? readProperty(graph, id, property) : patched;
}

function kept(answer: ProbeAnswer, wanted: string): { readonly answer: string } {
  const { status } = answer;
  if (status === 200) return { answer: propertyIn(answer) === wanted ? 'yes' : 'no, without an error' };
  return [400, 403, 413].includes(status) ? { answer: `no (HTTP ${status})` } : open(answer);
}
