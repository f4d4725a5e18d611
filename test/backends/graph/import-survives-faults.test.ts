import t, { type Test } from 'tap';
import {
  gatewayTimeout,
  mailboxInfoStale,
  proxyPage,
  serviceUnavailable,
  throttled,
  truncated,
  type GraphFault,
} from '../../../src/simulator/graph/faults.ts';
import { startDirectImport, type Cut } from '../../support/direct-import.ts';
import { THOROUGH } from '../../support/effort.ts';
import { importAll, throughGateway, type Disk } from '../../support/importer.ts';
import { startStack } from '../../support/stack.ts';
import { assertImported, boundsOf, fill, inOrderOfCall, isAhead } from './import-fixture.ts';

/** What happens to one Graph call of an import, and by which cuts a direct import is measured. */
interface Trouble {
  readonly fault: GraphFault;
  /** How a direct import fares that is hit at the same place; undefined where the client must not notice. */
  readonly like?: Cut['kind'];
  /** Requests of a direct import that are hit. Default: 1. */
  readonly cuts?: number;
  /** Where it makes no sense, since contents are bytes of any kind. */
  readonly jsonOnly?: true;
  readonly limits?: string;
}

const unauthorised: GraphFault = {
  status: 401,
  headers: { 'content-type': 'application/json' },
  body: '{"error":{"code":"InvalidAuthenticationToken","message":"Access token has expired or is not yet valid."}}',
};
const withRetryAfter = (fault: GraphFault): GraphFault => ({
  ...fault,
  headers: { ...fault.headers, 'retry-after': '1' },
});
const afterwards = (status: number): GraphFault => ({
  alter: () => ({ status, json: { error: { code: 'UnknownError', message: '' } } }),
});

const TROUBLES: Readonly<Record<string, Trouble>> = {
  'slow': { fault: { delay: 300 } },
  'too slow, and carried out later': { fault: { delay: 1_500 }, like: 'midway', limits: 'responseSeconds: 1' },
  '429 with Retry-After': { fault: throttled(1) },
  '429 without Retry-After': { fault: throttled() },
  '503 with Retry-After': { fault: withRetryAfter(serviceUnavailable()) },
  '503 without Retry-After': { fault: serviceUnavailable() },
  'a mailbox that moves': { fault: mailboxInfoStale() },
  '504': { fault: gatewayTimeout(), like: 'before' },
  '504 although it was carried out': { fault: afterwards(504), like: 'midway' },
  '500 although it was carried out': { fault: afterwards(500), like: 'midway' },
  'cut before': { fault: { cut: 'before' }, like: 'before' },
  'cut in the middle': { fault: { cut: 'midway' }, like: 'midway' },
  'JSON that breaks off at HTTP 200': { fault: truncated(), like: 'midway', jsonOnly: true },
  'a page of a proxy at HTTP 200': { fault: proxyPage(), like: 'before' },
  'an expired token': { fault: unauthorised },
  'a token that is refused twice': { fault: { ...unauthorised, times: 2 }, like: 'before' },
  'gone for a while': { fault: { cut: 'before', times: 9 }, like: 'before', cuts: 9 },
};

interface Imported {
  readonly disk: Disk;
  /** Templates of the calls in the order they came, batches before their steps. */
  readonly calls: readonly string[];
  /** Requests that the client had sent when the fault struck. */
  readonly struckAt: number;
}

/** An import over a new gateway and simulator. @param position Graph calls before the fault */
async function runImport(t: Test, position: number, { fault, limits }: Trouble): Promise<Imported> {
  const options = limits === undefined ? {} : { limits: `shutdownSeconds: 1, ${limits}` };
  const stack = await startStack(t, { backend: 'graph', ...options });
  const { simulator } = stack;
  await fill(simulator);
  const { script } = simulator.graph;
  if (position > 0) script.add({ times: position });
  script.add(fault);
  let [sent, struckAt] = [0, -1];
  const send = throughGateway(stack.post);
  const disk = await importAll({
    send: async (operation) => {
      const answer = await send(operation).finally(() => {
        if (struckAt === -1 && script.asked > position) struckAt = sent;
        sent++;
      });
      return answer;
    },
  });
  assertImported(t, simulator, disk);
  t.equal(script.pending, 0, 'the fault was played');
  return { disk, calls: inOrderOfCall(simulator), struckAt };
}

t.test('whatever happens to any Graph call of an import, each mail is imported, as seldom as by EWS', async (t) => {
  const clean = await new Promise<readonly string[]>((resolve) => {
    t.test('undisturbed', async (t) => {
      const { calls, disk } = await runImport(t, 0, { fault: {} });
      t.equal(disk.mostOften, 1);
      resolve(calls);
    });
  });
  const direct = await startDirectImport(t, fill);
  const boundOf = boundsOf(direct);
  const all = Object.entries(TROUBLES).flatMap(([name, trouble]) =>
    clean.flatMap((template, position) =>
      trouble.jsonOnly === true && template.endsWith('/$value') ? [] : [{ name, trouble, template, position }],
    ),
  );
  // Another place of each kind of trouble.
  const chosen = THOROUGH ? all : all.filter((_, index) => index % 53 === 20);
  t.jobs = 4;
  for (const { name, trouble, template, position } of chosen)
    t.test(`${name}: call ${position}, ${template}`, { buffered: true }, async (t) => {
      const { disk, struckAt } = await runImport(t, position, trouble);
      const { like: kind, cuts: times = 1 } = trouble;
      // What was fetched ahead of a request is missed by the next one.
      const after = isAhead(clean, position) ? struckAt + 1 : struckAt;
      const most = kind === undefined ? 1 : await boundOf({ after, kind, times });
      t.ok(disk.mostOften <= most, `saved ${disk.mostOften} times, by EWS ${most}`);
    });
});
