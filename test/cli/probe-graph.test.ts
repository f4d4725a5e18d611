import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { run } from '../support/command.ts';
import { mailboxOf } from '../support/differential.ts';
import { signIn } from '../support/sign-in.ts';
import { ALICE, CLIENT, SECRET, startStack, TENANT, type Stack, type StackOptions } from '../support/stack.ts';

const GRAPH: StackOptions = { backend: 'graph' };
const NO_PROXY = { SECRET, https_proxy: '', HTTPS_PROXY: '' };

async function probe(
  t: Test,
  { configFile }: Stack,
  ...args: string[]
): Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }> {
  const command = run(t, ['probe-graph', '--config', configFile, ALICE, ...args], { environment: NO_PROXY });
  const status = await command.ended;
  return { status, stdout: command.stdout, stderr: command.stderr };
}

/** What the gateway goes by after it. */
function capabilitiesOf({ configFile }: Stack): object | undefined {
  return loadConfig(configFile, { environment: NO_PROXY }).registrations.get('contoso')?.graph.capabilities;
}

/** Everything in the mailbox, by folder. */
function contentsOf(stack: Stack): Record<string, number> {
  const { folders, items } = mailboxOf(stack);
  const all = folders.descendants(folders.resolve('msgfolderroot').id);
  return Object.fromEntries(all.map(({ id, displayName }) => [displayName, items.list(id).length]));
}

t.test('it prints what it measured, and leaves the mailbox as it was', async (t) => {
  const stack = await startStack(t, GRAPH);
  const before = contentsOf(stack);
  const { status, stdout, stderr } = await probe(t, stack, '--yes');
  t.equal(status, 0, stderr);
  t.same(contentsOf(stack), before, 'nothing is left');
  t.match(stdout, /^✓ contentId in the \$select of attachments +yes {2}selectContentId: true$/m);
  t.match(stdout, /^✓ the largest MIME in one call +2\.9 MB {2}mimeBytes: 2900000$/m);
  t.match(stdout, /^✓ eight calls at a time +(?:all are answered|\d are refused \(429\))$/m);
  t.match(capabilitiesOf(stack), { selectContentId: true, ifMatch: true, mimeBytes: 2_900_000, delta: true });
});

t.test('with flow: delegated it measures with the sign-in of the mailbox', async (t) => {
  const delegated: StackOptions = { ...GRAPH, registration: '    flow: delegated' };
  const stack = await startStack(t, {
    ...delegated,
    prepare: ({ entra }) => (entra.apps = [{ tenantId: TENANT, clientId: CLIENT, secrets: [], publicClient: true }]),
  });
  const unsigned = await probe(t, stack, '--yes');
  t.equal(unsigned.status, 1);
  t.match(unsigned.stderr, /ews-gateway sign-in alice@contoso\.test/);
  await signIn(t, stack, ALICE);
  const { status, stdout } = await probe(t, stack, '--yes');
  t.equal(status, 0, stdout);
  t.match(stdout, /^✓ permanent deletion +yes/m);
  t.ok(stack.simulator.graph.requests.every(({ path }) => path.startsWith('/me/')));
});

t.test('what is measured is kept for the tenant with its time, and the configuration counts more', async (t) => {
  const stack = await startStack(t, GRAPH);
  await probe(t, stack, '--yes');
  const file = join(dirname(stack.configFile), 'graph-capabilities.json');
  const { tenants } = JSON.parse(readFileSync(file, 'utf8')) as { readonly tenants: Record<string, object> };
  t.match(tenants, { [TENANT]: { time: /^20.*Z$/, capabilities: { ifMatch: true } } });
  stack.writeConfig({ ...GRAPH, registration: '    graph: { capabilities: { selectContentId: false } }' });
  t.match(capabilitiesOf(stack), { selectContentId: false, ifMatch: true });
  const config = loadConfig(stack.configFile, { environment: NO_PROXY });
  t.ok(config.filesRead.has(file), 'a running gateway notices it');
});

t.test('what Graph refuses for the moment leaves a point open', async (t) => {
  const stack = await startStack(t, GRAPH);
  stack.simulator.graph.script.add({ operation: 'POST /users/{user}/messages/{message}/permanentDelete', status: 503 });
  const { stdout } = await probe(t, stack, '--yes');
  t.match(stdout, /^! permanent deletion +not known \(HTTP 503\)$/m);
  t.notMatch(capabilitiesOf(stack), { permanentDelete: /./ });
});

t.test('without a yes nothing is done', async (t) => {
  const stack = await startStack(t, GRAPH);
  const { status, stderr } = await probe(t, stack);
  t.equal(status, 2);
  t.match(stderr, /--yes is needed/);
  t.equal(stack.simulator.graph.requests.length, 0);
});

t.test('the large message is made only where that is asked for', async (t) => {
  const stack = await startStack(t, GRAPH);
  const operation = 'POST /users/{user}/messages/{message}/attachments/createUploadSession';
  stack.simulator.graph.script.add({ operation, status: 503, times: 2 });
  t.match(
    (await probe(t, stack, '--yes', '--large')).stdout,
    /^✓ MIME of a message of 100 MB +not known \(HTTP 503\)$/m,
  );
  t.notMatch((await probe(t, stack, '--yes')).stdout, /100 MB/);
});
