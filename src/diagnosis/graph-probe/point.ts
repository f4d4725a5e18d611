/**
 * One thing that sources leave open about Microsoft Graph and a probe can measure. A capability is true or false only
 * by an answer that says so; whatever else comes (throttled, out of reach, no permission) leaves it open.
 */
import type { MeasuredCapabilities } from '../../config/types.ts';
import type { GraphCaller, ProbeAnswer } from './graph-caller.ts';

/** The throw-away folder and what points may use in it. */
export interface ProbeScene {
  readonly graph: GraphCaller;
  readonly folder: string;
  /** Makes a draft in the folder. @returns its id */
  draft(): Promise<string>;
  /** Makes a message that is no draft, as received mail is none. @throws Error where it comes out as a draft */
  received(more?: Readonly<Record<string, unknown>>): Promise<string>;
}

export interface ProbeResult {
  /** For people. */
  readonly answer: string;
  /** Undefined: it stays open. */
  readonly value?: boolean | number;
}

export interface ProbePoint {
  readonly name: string;
  /** What the backend goes by; undefined where it is only told. */
  readonly capability?: keyof MeasuredCapabilities;
  readonly measure: (scene: ProbeScene) => Promise<ProbeResult>;
}

/** A point that a GET answers. */
export function reads(
  name: string,
  capability: keyof MeasuredCapabilities,
  path: (scene: ProbeScene) => string,
): ProbePoint {
  return { name, capability, measure: async (scene) => served(await scene.graph.call('GET', path(scene))) };
}

export function served(answer: ProbeAnswer): ProbeResult {
  const { status } = answer;
  if (status >= 200 && status < 300) return { answer: 'yes', value: true };
  // Graph answers what it does not know with one of these.
  return [400, 404, 405, 501].includes(status) ? { answer: `no (HTTP ${status})`, value: false } : open(answer);
}

export function open({ status }: ProbeAnswer): ProbeResult {
  return { answer: `not known (HTTP ${status})` };
}
