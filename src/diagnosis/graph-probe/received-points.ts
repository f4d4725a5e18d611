/**
 * What may be changed of received mail. From 31 December 2026 on, Microsoft wants a permission of its own for some of
 * it, without saying what counts.
 *
 * @see https://techcommunity.microsoft.com/ (4505227: updates to sensitive email properties)
 */
import type { ProbeAnswer } from './graph-caller.ts';
import { open, type ProbePoint, type ProbeResult } from './point.ts';
import { idsIn, SMALL_FILE } from './scene-objects.ts';

/** A property that no program knows. */
const OWN_PROPERTY = 'String {7c7e5e0a-6d5c-4f43-9d2a-0f6b1d8c3a11} Name ews-gateway-probe';

/** What has a member of its own, which is not to be changed, as the extended property that it comes from. */
const CONTENT: readonly (readonly [name: string, property: string, value: string])[] = [
  ['subject', 'String 0x0037', 'Changed by ews-gateway probe-graph'],
  ['message flags', 'Integer 0x0E07', '1'],
  ['the request for a read receipt', 'Boolean 0x0029', 'false'],
  ['the request for a notice of deletion', 'Boolean 0x0C06', 'false'],
];

export const RECEIVED_POINTS: readonly ProbePoint[] = [
  {
    name: 'extended properties of received mail',
    capability: 'receivedExtendedProperties',
    measure: async ({ graph, received }) =>
      changed(await graph.call('PATCH', `/messages/${await received()}`, property('set'))),
  },
  {
    name: 'content of received mail by extended properties',
    measure: async ({ graph, received }) => {
      const id = await received();
      const refused: string[] = [];
      for (const [name, property, value] of CONTENT) {
        const singleValueExtendedProperties = [{ id: property, value }];
        const { answer, value: allowed } = changed(
          await graph.call('PATCH', `/messages/${id}`, { singleValueExtendedProperties }),
        );
        if (allowed === undefined) return { answer };
        if (!allowed) refused.push(name);
      }
      if (refused.length === 0) return { answer: 'can be changed' };
      return { answer: refused.length === CONTENT.length ? 'cannot be changed' : `not ${refused.join(', ')}` };
    },
  },
  {
    name: 'extended properties that are set to null',
    capability: 'removableProperties',
    measure: async ({ graph, draft }) => {
      const id = await draft();
      const set = await graph.call('PATCH', `/messages/${id}`, property('set'));
      if (set.status !== 200) return open(set);
      return changed(await graph.call('PATCH', `/messages/${id}`, property(null)));
    },
  },
  {
    name: 'taking back the request for a read receipt',
    capability: 'receiptsCanBeWithdrawn',
    measure: async ({ graph, received }) => {
      const id = await received({ isReadReceiptRequested: true });
      const patched = await graph.call('PATCH', `/messages/${id}`, { isReadReceiptRequested: false });
      if (patched.status !== 200) return changed(patched);
      const now = await graph.call('GET', `/messages/${id}?$select=isReadReceiptRequested`);
      if (now.status !== 200) return open(now);
      return now.value['isReadReceiptRequested'] === false
        ? { answer: 'it is taken back', value: true }
        : { answer: 'it stays, without an error', value: false };
    },
  },
  {
    name: 'removing an attachment of received mail',
    measure: async ({ graph, received }) => {
      const id = await received({ attachments: [SMALL_FILE] });
      const listed = await graph.call('GET', `/messages/${id}/attachments?$select=id`);
      const [first] = idsIn(listed);
      if (first === undefined) return open(listed);
      const { status } = await graph.call('DELETE', `/messages/${id}/attachments/${first}`);
      return { answer: status === 204 ? 'yes' : `no (HTTP ${status})` };
    },
  },
];

function property(value: string | null): object {
  return { singleValueExtendedProperties: [{ id: OWN_PROPERTY, value }] };
}

/** What Graph does not let be changed it refuses with one of two statuses. */
function changed(answer: ProbeAnswer): ProbeResult {
  const { status } = answer;
  if (status === 200) return { answer: 'yes', value: true };
  return status === 400 || status === 403 ? { answer: `no (HTTP ${status})`, value: false } : open(answer);
}
