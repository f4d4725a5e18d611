/** What became of mutants, in figures. */
import { dirname } from 'node:path';

/** What became of a mutant. Only the first two are noticed. */
export type Outcome = 'killed' | 'timed out' | 'survived' | 'not covered';

/** A mutant that was tried. */
export interface Tried {
  readonly file: string;
  readonly outcome: Outcome;
}

/** The score of some: the share that was noticed. */
function scoreOf(name: string, tried: readonly Tried[]): string {
  const count = (outcome: Outcome): number => tried.filter((one) => one.outcome === outcome).length;
  const [killed, timedOut] = [count('killed'), count('timed out')];
  const score = ((killed + timedOut) / tried.length) * 100;
  return (
    `${name}: ${tried.length} tried, ${killed} killed, ${timedOut} timed out, ${count('survived')} survived, ` +
    `${count('not covered')} not covered: ${score.toFixed(1)} %`
  );
}

/**
 * A line for each folder, and one for all.
 *
 * @param known the number of mutants of which those that were tried are a sample
 */
export function scoreLines(tried: readonly Tried[], known: number): readonly string[] {
  if (tried.length === 0) return [`none of ${known} mutants was tried`];
  const folders = [...new Set(tried.map(({ file }) => dirname(file)))].toSorted();
  return [
    ...folders.map((folder) =>
      scoreOf(
        folder,
        tried.filter(({ file }) => dirname(file) === folder),
      ),
    ),
    scoreOf(`all (a sample of ${known})`, tried),
  ];
}
