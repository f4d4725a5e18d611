/** What points make, read and remove alike. */
import type { GraphCaller, ProbeAnswer } from './graph-caller.ts';

/** PidTagContainerClass. */
export const CONTAINER_CLASS = 'String 0x3613';

/** A small file to attach. */
export const SMALL_FILE = {
  '@odata.type': '#microsoft.graph.fileAttachment',
  'name': 'probe.txt',
  'contentBytes': Buffer.from('probe').toString('base64'),
} as const;

/** Of a list. */
export function idsIn({ value }: ProbeAnswer): readonly string[] {
  return ((value['value'] ?? []) as readonly { readonly id?: string }[]).flatMap(({ id }) => id ?? []);
}

/** The query option that asks for one extended property. */
export function expandProperty(property: string): string {
  return `$expand=singleValueExtendedProperties(${encodeURIComponent(`$filter=id eq '${property}'`)})`;
}

/** Of the extended property that was asked for. */
export function propertyIn({ value }: ProbeAnswer): string | undefined {
  const [first] = (value['singleValueExtendedProperties'] ?? []) as readonly { readonly value?: string }[];
  return first?.value;
}

/**
 * Deletes for good where that can be done, else as Graph deletes.
 *
 * @param path of a message or a folder
 * @returns whether it was done
 */
export async function remove(graph: GraphCaller, path: string): Promise<boolean> {
  if ((await graph.call('POST', `${path}/permanentDelete`)).status === 204) return true;
  return (await graph.call('DELETE', path)).status === 204;
}
