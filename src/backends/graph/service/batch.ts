/**
 * JSON batches: many small calls for one mailbox in one round trip. Up to four run at once at Graph whatever their
 * order, so that a batch weighs as much in slots; each inner answer has a status of its own, in any order. A step that
 * fails in passing is tried again as a single call, by the rules of those: with a slot and a pause of its own.
 *
 * @see https://learn.microsoft.com/graph/json-batching
 */
import { GatewayError } from '../../../errors.ts';
import { parseRetryAfter } from '../../../network/retry-after.ts';
import { repeatableOf, type GraphClient } from './client.ts';
import type { CallContext } from './graph-call.ts';
import { GraphError, LOCAL_CODES, readFailure } from './graph-error.ts';
import { decide, isThrottle } from './retry-policy.ts';

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

/**
 * @returns one result for each step, in their order
 * @throws GraphError or GatewayError where a whole batch was not answered
 */
export async function batch<T>(
  client: GraphClient,
  steps: readonly BatchStep[],
  context: CallContext,
): Promise<StepResult<T>[]> {
  const results: StepResult<T>[] = [];
  let most = MAX_STEPS;
  while (results.length < steps.length) {
    const some = steps.slice(results.length, results.length + most);
    const answered = await sendOnce<T>(client, some, context);
    // Where Graph runs all of a batch at once, it refuses what is beyond its limit: as many as it takes from now on.
    if (answered.some(([, result]) => 'error' in result && isThrottle(result.error))) most = AT_ONCE;
    results.push(
      ...(await Promise.all(
        answered.map(([step, result]) => ('error' in result ? again<T>(client, step, result.error, context) : result)),
      )),
    );
  }
  return results;
}

/** Goes on with a step that failed, where that may help. */
async function again<T>(
  client: GraphClient,
  step: BatchStep,
  error: GraphError,
  context: CallContext,
): Promise<StepResult<T>> {
  const at = performance.now();
  client.heed(error, context);
  const { next } = decide(error, {
    repeatable: repeatableOf(step),
    overwrites: true,
    throttled: 0,
    failed: 0,
    tokenRenewable: false,
    patience: context.deadline - at,
    jitter: 0,
  });
  if (next !== 'retry') return { error };
  try {
    return { value: (await client.json<T>(step, context, { failure: error, at })).value };
  } catch (failure) {
    if (failure instanceof GraphError) return { error: failure };
    // There was no slot for it as long as the client waits: Graph's own answer says more.
    if (failure instanceof GatewayError && failure.code === 'UPSTREAM_BUSY') return { error };
    throw failure;
  }
}

/** @returns the steps, each with what it came to */
async function sendOnce<T>(
  client: GraphClient,
  steps: readonly BatchStep[],
  context: CallContext,
): Promise<(readonly [BatchStep, StepResult<T>])[]> {
  const requests = steps.map(({ method, path, headers: own, body }, index) => {
    const headers = { ...own, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) };
    return {
      id: String(index),
      method,
      url: path,
      ...(Object.keys(headers).length === 0 ? {} : { headers }),
      ...(body === undefined ? {} : { body }),
    };
  });
  const { value } = await client.json<BatchAnswer>(
    {
      method: 'POST',
      path: '/$batch',
      body: { requests },
      weight: Math.min(AT_ONCE, steps.length),
      repeatable: steps.every((step) => repeatableOf(step) === 'always') ? 'always' : 'unless carried out',
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
  return steps.map((step, index) => [step, results.get(index) ?? { error: missing() }]);
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
