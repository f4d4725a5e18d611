import t, { type Test } from 'tap';
import { envelope, GET_FOLDER } from '../support/envelopes.ts';
import { readFault } from '../support/managed-api.ts';
import { startSilentPort, type SilentPort } from '../support/silent-port.ts';
import { startStack, type Stack } from '../support/stack.ts';

/** Each waits for seconds, at a gateway of its own. */
const AT_ONCE = { buffered: true };
t.jobs = 4;

/** A connection has no longer to come to be than an answer to begin. */
const LIMITS = 'shutdownSeconds: 1, responseSeconds: 1';
const CREATE = envelope(
  '<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderId><m:Folders><t:Folder>' +
    '<t:DisplayName>Processed</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>',
);

/** A gateway whose service lies behind a port that leaves so many connections silent. */
async function behind(t: Test, service: 'exchange' | 'graph', silent: number): Promise<[Stack, SilentPort]> {
  const way = await startSilentPort(t);
  const stack = await startStack(t, {
    limits: LIMITS,
    yaml: 'throttling: { longestWaitSeconds: 2 }',
    origins: { [service]: `https://localhost:${way.port}` },
    ...(service === 'graph' ? { backend: 'graph' } : {}),
  });
  way.lead(stack.simulator[service].port, silent);
  return [stack, way];
}

for (const service of ['exchange', 'graph'] as const) {
  t.test(`${service}: what writes is sent once a connection comes to be`, AT_ONCE, async (t) => {
    const [stack, way] = await behind(t, service, 1);
    const { status, text } = await stack.post(CREATE);
    t.equal(status, 200);
    t.match(text, /NoError/);
    t.ok(way.connections() >= 2);
  });

  t.test(`${service}: a client hears that it may come again before its patience ends`, AT_ONCE, async (t) => {
    const [stack] = await behind(t, service, Number.POSITIVE_INFINITY);
    const { text, backOff } = readFault(t, await stack.post(GET_FOLDER), 'ErrorServerBusy');
    t.match(text, /cannot be reached \(UND_ERR_CONNECT_TIMEOUT\)/);
    t.equal(backOff, 30_000);
  });
}
