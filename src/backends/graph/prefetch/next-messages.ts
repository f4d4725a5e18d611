/** Messages of a list that a program reads one after the other. */
import type { OperationContext, Scope } from '../operation.ts';
import type { GraphMessage } from '../properties/graph-property.ts';
import type { BatchStep, StepResult } from '../service/batch.ts';

/** Messages that are fetched at a time at most: of the four calls that Graph allows one is left to whoever comes. */
const AT_ONCE = 3;
/** A longer answer is not read ahead. */
const LONGEST = 256 * 1024;

/**
 * One message, as it is now or as it was fetched before.
 *
 * @param id in Graph's alphabet
 * @param stepFor the call for a message
 * @throws GatewayError
 */
export async function oneMessage(
  { prefetch }: OperationContext,
  scope: Scope,
  id: string,
  stepFor: (id: string) => BatchStep,
): Promise<StepResult<GraphMessage> | undefined> {
  const step = stepFor(id);
  if (prefetch === undefined) return ask(scope, step);
  const fetched = await prefetch.take<GraphMessage>(scope, whatOf(step));
  fetched?.release();
  const answer = fetched === undefined ? ask(scope, step) : { value: fetched.value };
  // How it is read, whatever message it is.
  for (const next of prefetch.following(scope, id, whatOf(stepFor(''))).slice(0, AT_ONCE)) {
    const nextStep = stepFor(next);
    prefetch.fetch<GraphMessage>(scope, {
      what: whatOf(nextStep),
      bytes: LONGEST,
      operation: 'GetItem',
      read: async (calls) => {
        const [result] = await calls.batch<GraphMessage>([nextStep]);
        return result !== undefined && 'value' in result ? result.value : undefined;
      },
    });
  }
  return answer;
}

async function ask(scope: Scope, step: BatchStep): Promise<StepResult<GraphMessage> | undefined> {
  const [result] = await scope.calls.batch<GraphMessage>([step]);
  return result;
}

/** What tells a call from others. */
function whatOf({ path, headers }: BatchStep): string {
  return JSON.stringify([path, headers]);
}
