/**
 * What the server remembers of delta rounds. Tokens are opaque and die: the newest few generations of a round can be
 * used, older ones are refused.
 *
 * @see https://learn.microsoft.com/graph/delta-query-overview
 */
import { randomBytes } from 'node:crypto';
import { GraphError } from './errors.ts';
import type { QueryOptions } from './query-options.ts';

/** Rounds that are remembered; the eldest goes. */
const MOST = 10_000;

/** One client's walk through the changes of a folder or of the folder tree. */
export interface Round {
  readonly mailbox: string;
  /** Undefined: the folder tree. */
  readonly folderId: string | undefined;
  readonly query: Pick<QueryOptions, 'select' | 'expand'>;
  readonly changeTypes: ReadonlySet<string> | undefined;
  /** Only messages received at or after it. */
  readonly since: number | undefined;
  /** Ids of the first round, as they were when it began. */
  readonly pending: readonly string[];
  /** Position in the change log at which it began. */
  readonly start: number;
}

export interface Place {
  readonly round: Round;
  readonly kind: 'skip' | 'delta';
  /** Entries of the first round given out; for later rounds of the present one. */
  readonly offset: number;
  /** Changes behind this position; undefined in the first round. */
  readonly from: number | undefined;
  /** End of a later round that has begun. */
  readonly until: number | undefined;
}

interface Lineage {
  newest: number;
  readonly places: Map<number, Place>;
}

/** The length of real tokens [threads: 220 to 250 characters]. */
const PADDING = 150;

export class DeltaStore {
  readonly #lineages = new Map<string, Lineage>();

  /** Begins a walk. @returns its token */
  begin(place: Place): string {
    const key = randomBytes(12).toString('base64url');
    this.#lineages.set(key, { newest: 600, places: new Map([[600, place]]) });
    const [eldest] = this.#lineages.keys();
    if (this.#lineages.size > MOST && eldest !== undefined) this.#lineages.delete(eldest);
    return write(key, 600);
  }

  /**
   * @param generations that can be used besides the newest
   * @throws GraphError 410 SyncStateNotFound [thread microsoft-graph-docs#2877], 400 for what is no token
   */
  find(
    token: string,
    generations: number,
  ): { readonly place: Place; readonly key: string; readonly generation: number } {
    const match = /^([\w-]{16})\.(\d{1,9})\.[\w-]*$/.exec(Buffer.from(token, 'base64url').toString('latin1'));
    if (match === null) throw new GraphError(400, 'BadRequest', 'Badly formed token.');
    const [, key = '', text = ''] = match;
    const generation = Number(text);
    const lineage = this.#lineages.get(key);
    const place = lineage?.places.get(generation);
    const newest = lineage?.newest ?? 841;
    if (place === undefined || generation <= newest - generations - 1) throw staleToken(generation, newest);
    return { place, key, generation };
  }

  /** A token for the place behind another. */
  next(key: string, generation: number, place: Place): string {
    const lineage = this.#lineages.get(key);
    if (lineage === undefined) return write(key, generation + 1);
    const next = generation + 1;
    lineage.newest = Math.max(lineage.newest, next);
    lineage.places.set(next, place);
    lineage.places.delete(next - 8);
    return write(key, next);
  }

  /** Makes all tokens given out so far unusable, as when the server's cache is lost. */
  forget(): void {
    this.#lineages.clear();
  }
}

export function staleToken(generation: number, newest: number): GraphError {
  const text = `[highest=${newest}][${newest}][${newest - 1}][${newest - 2}]`;
  return new GraphError(
    410,
    'SyncStateNotFound',
    `The sync state generation is not found; generation=${generation};${text}.`,
  );
}

function write(key: string, generation: number): string {
  const filling = Buffer.from(key.repeat(12)).toString('base64url').slice(0, PADDING);
  return Buffer.from(`${key}.${generation}.${filling}`, 'latin1').toString('base64url');
}
