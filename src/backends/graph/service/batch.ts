/**
 * JSON batches: many small calls for one mailbox in one round trip. Up to four run at once at Graph whatever their
 * order, so that a batch weighs as much in slots; each inner answer has a status of its own, in any order, and only
 * the throttled ones are asked again.
 *
 * @see https://learn.microsoft.com/graph/json-batching
 */
import { pause } from '../../../network/abort.ts';
import { parseRetryAfter } from '../../../network/retry-after.ts';
import type { CallContext, GraphClient } from './client.ts';
import { GraphError, LOCAL_CODES, readFailure } from './graph-error.ts';
import { isThrottle } from './retry-policy.ts';

export interface BatchStep {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below /v1.0, percent-encoded once: /users/… */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** What a step came to. */
export type StepResult<T> = { readonly value: T } | { readonly error: GraphError };

interface BatchAnswer {
  readonly responses: readonly {
    readonly id: string;
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  }[];
}

const MAX_STEPS = 20;
const AT_ONCE = 4;
const FIRST_PAUSE = 1_000;

/**
 * @returns one result for each step, in their order
 * @throws GraphError or GatewayError where a whole batch was not answered
 */
export async function batch<T>(
  client: GraphClient,
  steps: readonly BatchStep[],
  context: CallContext,
): Promise<StepResult<T>[]> {
  const results: (StepResult<T> | undefined)[] = steps.map(() => undefined);
  let open = steps.map((_, index) => index);
  let [most, round] = [MAX_STEPS, 0];
  const { deadline } = context;
  while (open.length > 0 && !context.signal.aborted) {
    const some = open.slice(0, most);
    const answered = await sendOnce<T>(client, steps, some, context);
    const again: number[] = [];
    let longest = FIRST_PAUSE * 2 ** round;
    for (const index of some) {
      const result = answered.get(index) ?? { error: missing() };
      results[index] = result;
      if (!('error' in result) || !isThrottle(result.error)) continue;
      longest = Math.max(longest, result.error.retryAfter ?? 0);
      again.push(index);
    }
    open = [...again, ...open.slice(most)];
    if (again.length === 0) continue;
    // What stays throttled until the client has no patience left is reported as it is, and the rest with it.
    if (longest >= deadline - performance.now()) {
      for (const index of open) results[index] ??= results[again[0] ?? 0];
      break;
    }
    // Where Graph runs all of a batch at once, it refuses what is beyond its limit: as many as it takes from now on.
    most = AT_ONCE;
    round++;
    await pause(longest, context.signal);
  }
  return results.map((result) => result ?? { error: missing() });
}

async function sendOnce<T>(
  client: GraphClient,
  steps: readonly BatchStep[],
  indices: readonly number[],
  context: CallContext,
): Promise<Map<number, StepResult<T>>> {
  const requests = indices.map((index) => {
    const step = steps[index];
    const headers = { ...step?.headers, ...(step?.body === undefined ? {} : { 'Content-Type': 'application/json' }) };
    return {
      id: String(index),
      method: step?.method,
      url: step?.path,
      ...(Object.keys(headers).length === 0 ? {} : { headers }),
      ...(step?.body === undefined ? {} : { body: step.body }),
    };
  });
  const reads = indices.every((index) => steps[index]?.method !== 'POST');
  const { value } = await client.json<BatchAnswer>(
    {
      method: 'POST',
      path: '/$batch',
      body: { requests },
      weight: Math.min(AT_ONCE, indices.length),
      repeatable: reads ? 'always' : 'unless carried out',
    },
    context,
  );
  const results = new Map<number, StepResult<T>>();
  for (const { id, status, headers, body } of value.responses) {
    if (status < 400) {
      results.set(Number(id), { value: body as T });
      continue;
    }
    const named = new Map(Object.entries(headers ?? {}).map(([name, text]) => [name.toLowerCase(), text]));
    const retryAfter = parseRetryAfter(named.get('retry-after'));
    const told = { requestId: named.get('request-id'), retryAfter, signedIn: context.signedIn };
    results.set(Number(id), { error: new GraphError(readFailure(status, body, told)) });
  }
  return results;
}

function missing(): GraphError {
  return new GraphError({
    status: 0,
    code: LOCAL_CODES.unexpected,
    message: 'The batch was answered without this step.',
    requestId: undefined,
    retryAfter: undefined,
  });
}
