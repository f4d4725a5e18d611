/**
 * JSON batches.
 *
 * @see https://learn.microsoft.com/graph/json-batching
 */
import type { GraphBehaviour } from './behaviour.ts';
import type { GraphAnswer, GraphRequest } from './call.ts';
import { badRequest, errorBody, GraphError } from './errors.ts';

const MOST = 20;

interface Step {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly dependsOn: readonly string[];
}

interface StepAnswer {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export type Execute = (request: GraphRequest) => Promise<GraphAnswer>;

/**
 * Carries out a batch: steps run at the same time unless they depend on others; answers come in any order.
 *
 * @throws GraphError for an envelope that is refused as a whole
 */
export async function runBatch(body: Buffer, behaviour: GraphBehaviour, execute: Execute): Promise<GraphAnswer> {
  const steps = readSteps(body);
  const answers: StepAnswer[] = [];
  const waiting = new Set(steps);
  const running = new Set<Promise<void>>();
  const statusOf = (id: string): number | undefined =>
    answers.find((answer) => answer.id.toLowerCase() === id.toLowerCase())?.status;
  while (waiting.size > 0 || running.size > 0) {
    for (const step of waiting) {
      if (running.size >= behaviour.batchAtOnce) break;
      const statuses = step.dependsOn.map(statusOf);
      if (statuses.includes(undefined)) continue;
      waiting.delete(step);
      const failed = statuses.some((status) => (status ?? 0) >= 400);
      const run = (failed ? Promise.resolve(failedDependency(step)) : runStep(step, behaviour, execute)).then(
        (answer): void => {
          answers.push(answer);
          running.delete(run);
        },
      );
      running.add(run);
    }
    await Promise.race(running);
  }
  // Any order: the last first is as good as another.
  return { status: 200, json: { responses: answers.toReversed() } };
}

function readSteps(body: Buffer): Step[] {
  let requests: unknown;
  try {
    ({ requests } = JSON.parse(body.toString()) as { readonly requests?: unknown });
  } catch {
    throw badRequest('Invalid batch payload format.');
  }
  if (!Array.isArray(requests) || requests.length === 0) throw badRequest('Invalid batch payload format.');
  if (requests.length > MOST) throw badRequest(`Number of batch request steps exceeds the maximum value of ${MOST}.`);
  const steps = requests.map((request: Partial<Step>): Step => {
    const { id, method, url, headers = {}, body, dependsOn = [] } = request;
    if (typeof id !== 'string' || id === '' || typeof method !== 'string' || typeof url !== 'string')
      throw badRequest('Invalid batch payload format.');
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    if (body !== undefined && lower['content-type'] === undefined)
      throw badRequest(`Content-Type header is required for request step with body: ${id}.`);
    return { id, method: method.toUpperCase(), url, headers: lower, body, dependsOn };
  });
  checkDependencies(steps);
  return steps;
}

/** [doc known-issues] No dependencies, each on the one before it, or all on the first. */
function checkDependencies(steps: readonly Step[]): void {
  const ids = steps.map(({ id }) => id.toLowerCase());
  if (new Set(ids).size < ids.length) throw badRequest('Request ids of a batch must be unique.');
  const depends = (of: (index: number) => readonly string[]): boolean =>
    steps.every(({ dependsOn }, index) => {
      const wanted = of(index);
      return (
        dependsOn.length === wanted.length &&
        dependsOn.every((id, at) => id.toLowerCase() === wanted[at]?.toLowerCase())
      );
    });
  const [first = ''] = ids;
  if (depends(() => [])) return;
  if (depends((index) => (index === 0 ? [] : [ids[index - 1] ?? '']))) return;
  if (depends((index) => (index === 0 ? [] : [first]))) return;
  throw badRequest('The dependencies of the batch are not supported.');
}

async function runStep(step: Step, behaviour: GraphBehaviour, execute: Execute): Promise<StepAnswer> {
  try {
    const answer = await execute(requestOf(step));
    return {
      id: step.id,
      status: answer.status,
      headers: { ...(answer.json === undefined ? {} : { 'Content-Type': 'application/json' }), ...answer.headers },
      ...(answer.json === undefined ? {} : { body: answer.json }),
      ...(answer.bytes === undefined ? {} : { body: answer.bytes.toString(behaviour.batchBinary) }),
    };
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    const headers = { 'Content-Type': 'application/json', ...canonical(error.headers) };
    return { id: step.id, status: error.status, headers, body: errorBody(error.code, error.message, error.isBare) };
  }
}

function canonical(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.replaceAll(/(^|-)\w/g, (start) => start.toUpperCase()),
      value,
    ]),
  );
}

function failedDependency({ id }: Step): StepAnswer {
  const text = 'Request failed as one of its dependencies failed.';
  return {
    id,
    status: 424,
    headers: { 'Content-Type': 'application/json' },
    body: errorBody('FailedDependency', text),
  };
}

/** Addresses are relative to the version; an absolute one fails that step only [thread msgraph-sdk-javascript#1178]. */
function requestOf({ method, url, headers, body }: Step): GraphRequest {
  const absolute = /^https?:\/\/[^/]+(\/.*)$/i.exec(url)?.[1];
  const relative = absolute ?? (url.startsWith('/') ? url : `/${url}`);
  const question = relative.indexOf('?');
  const path = question === -1 ? relative : relative.slice(0, question);
  const isJson = /^application\/json/i.test(headers['content-type'] ?? '');
  const bytes =
    body === undefined
      ? Buffer.alloc(0)
      : isJson
        ? Buffer.from(JSON.stringify(body))
        : Buffer.from(String(body), 'base64url');
  // Other media are base64 of the body: here of what a single request would send.
  return {
    method,
    path,
    query: new URLSearchParams(question === -1 ? '' : relative.slice(question + 1)),
    headers,
    body: bytes,
  };
}
