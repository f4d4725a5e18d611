/**
 * Whether Graph lets contentId be selected in a list of attachments, which is a property of one kind of them only. No
 * page says, and a refusal would be one of the whole message: where it is refused, contentId is left out from then on.
 */
import type { BatchStep, StepResult } from '../service/batch.ts';
import { GraphError } from '../service/graph-error.ts';
import { CONTENT_ID } from '../properties/attachment.ts';

const SELECTED = `,${encodeURIComponent(CONTENT_ID)}`;

export class ContentIdSelect {
  #refused = false;

  /** Reads a path with its query; once more without contentId where Graph does not take the path as it is. */
  async read<T>(path: string, read: (path: string) => Promise<T>): Promise<T> {
    const short = path.replace(SELECTED, '');
    if (short === path) return read(path);
    if (this.#refused) return read(short);
    try {
      return await read(path);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const value = await read(short);
      // It was contentId, then, and nothing else.
      this.#refused = true;
      return value;
    }
  }

  /** As {@link read}, for the steps of a batch. */
  async readAll<T>(
    steps: readonly BatchStep[],
    readAll: (steps: readonly BatchStep[]) => Promise<StepResult<T>[]>,
  ): Promise<StepResult<T>[]> {
    const short = steps.map((step) => ({ ...step, path: step.path.replace(SELECTED, '') }));
    if (this.#refused) return readAll(short);
    const results = await readAll(steps);
    const refused = results.flatMap((result, index) =>
      'error' in result && isRefusal(result.error) && short[index]?.path !== steps[index]?.path ? [index] : [],
    );
    if (refused.length === 0) return results;
    const again = await readAll(refused.flatMap((index) => short[index] ?? []));
    this.#refused = again.some((result) => 'value' in result);
    const answers = new Map(refused.map((index, place) => [index, again[place]]));
    return results.map((result, index) => answers.get(index) ?? result);
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof GraphError && error.status === 400;
}
