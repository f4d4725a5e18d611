/** Measures all points in a throw-away folder of a mailbox, and deletes the folder at the end, whatever happened. */
import { randomBytes } from 'node:crypto';
import type { MeasuredCapabilities } from '../../config/types.ts';
import { errorText } from '../../errors.ts';
import type { GraphCaller } from './graph-caller.ts';
import type { ProbePoint, ProbeResult } from './point.ts';
import { PROBE_POINTS } from './points.ts';
import { remove } from './scene-objects.ts';

/** PidTagMessageFlags: read, and submitted, which some mailboxes want to see for a message that is no draft. */
const NO_DRAFT = 0x1 | 0x4;

export interface MeasuredPoint extends ProbeResult {
  readonly name: string;
  readonly capability: keyof MeasuredCapabilities | undefined;
}

export interface ProbeReport {
  readonly points: readonly MeasuredPoint[];
  readonly capabilities: MeasuredCapabilities;
  /** The folder's name, where it could not be deleted. */
  readonly left: string | undefined;
}

/** @param measured default: all points @throws Error where the folder cannot be made, or Graph does not answer */
export async function probeGraph(
  graph: GraphCaller,
  measured: readonly ProbePoint[] = PROBE_POINTS,
): Promise<ProbeReport> {
  const displayName = `ews-gateway probe ${randomBytes(6).toString('hex')}`;
  const made = await graph.call('POST', '/mailFolders', { displayName });
  const folder = made.value['id'];
  if (made.status !== 201 || typeof folder !== 'string')
    throw new Error(`Microsoft Graph makes no folder in the mailbox (HTTP ${made.status}).`);
  const points: MeasuredPoint[] = [];
  let isDeleted = false;
  try {
    const draft = async (): Promise<string> => {
      const { status, value } = await graph.call('POST', `/mailFolders/${folder}/messages`, {
        subject: displayName,
        body: { contentType: 'text', content: 'Made by ews-gateway probe-graph, to be deleted by it.' },
      });
      if (status !== 201 || typeof value['id'] !== 'string') throw new Error(`no draft can be made (HTTP ${status})`);
      return value['id'];
    };
    const received = async (more: Readonly<Record<string, unknown>> = {}): Promise<string> => {
      const { status, value } = await graph.call('POST', `/mailFolders/${folder}/messages`, {
        subject: displayName,
        singleValueExtendedProperties: [{ id: 'Integer 0x0E07', value: String(NO_DRAFT) }],
        ...more,
      });
      const { id, isDraft } = value;
      if (status !== 201 || typeof id !== 'string') throw new Error(`no message can be made (HTTP ${status})`);
      if (isDraft !== false) throw new Error('a message can be made as a draft only');
      return id;
    };
    for (const { name, capability, measure } of measured)
      points.push({ name, capability, ...(await measure({ graph, folder, draft, received }).catch(failed)) });
  } finally {
    isDeleted = await remove(graph, `/mailFolders/${folder}`).catch(() => false);
  }
  const capabilities = Object.fromEntries(
    points.flatMap(({ capability, value }) =>
      capability === undefined || value === undefined ? [] : [[capability, value]],
    ),
  ) as MeasuredCapabilities;
  return { points, capabilities, left: isDeleted ? undefined : displayName };
}

function failed(error: unknown): ProbeResult {
  return { answer: `not known (${errorText(error)})` };
}
