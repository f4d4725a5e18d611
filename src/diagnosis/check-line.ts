/** One thing that was looked at. */
export type Level = 'ok' | 'warn' | 'bad';

export interface CheckLine {
  /** What it is about: configuration, listeners, network, or a registration. */
  readonly area: string;
  /** The registration it is about, whatever that is called; undefined where it is about none. */
  readonly registration?: string;
  readonly level: Level;
  readonly text: string;
  /** What to do, one step a line; commands are indented by two. */
  readonly remedy: readonly string[];
}

export function ok(area: string, text: string): CheckLine {
  return { area, level: 'ok', text, remedy: [] };
}

export function warn(area: string, text: string, ...remedy: readonly string[]): CheckLine {
  return { area, level: 'warn', text, remedy };
}

export function bad(area: string, text: string, ...remedy: readonly string[]): CheckLine {
  return { area, level: 'bad', text, remedy };
}
