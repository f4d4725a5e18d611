import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { loadConfig } from '../../src/gateway/load-config.ts';
import {
  ALL_A,
  ALL_B,
  flipped,
  type BehaviourPoint,
  type GraphBehaviour,
} from '../../src/simulator/graph/behaviour.ts';
import { run } from '../support/command.ts';
import { mailboxOf } from '../support/differential.ts';
import { ALICE, SECRET, startStack, TENANT, type Stack, type StackOptions } from '../support/stack.ts';

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

t.test('it measures both answers of each point, keeps them, and leaves the mailbox as it was', async (t) => {
  const stack = await startStack(t, GRAPH);
  const before = contentsOf(stack);
  const lines = (behaviour: GraphBehaviour): Promise<string> => {
    stack.simulator.graph.behaviour = behaviour;
    return probe(t, stack, '--yes').then(({ status, stdout, stderr }) => {
      t.equal(status, 0, stderr);
      t.same(contentsOf(stack), before, 'nothing is left');
      return stdout;
    });
  };
  const a = await lines(ALL_A);
  t.match(a, /^✓ contentId in the \$select of attachments +yes {2}selectContentId: true$/m);
  t.match(a, /^✓ If-Match of PATCH +a stale one is refused {2}ifMatch: true$/m);
  t.match(a, /^✓ permanent deletion +yes {2}permanentDelete: true$/m);
  t.match(a, /^✓ where DELETE leaves a message +in the recoverable items$/m);
  t.match(capabilitiesOf(stack), { selectContentId: true, ifMatch: true, permanentDelete: true, delta: true });

  for (const [point, pattern, capability] of [
    ['castInSelect', /contentId .* no \(HTTP 400\) {2}selectContentId: false$/m, { selectContentId: false }],
    ['ifMatch', /If-Match of PATCH +it is ignored {2}ifMatch: false$/m, { ifMatch: false }],
    ['deletedMessages', /where DELETE leaves a message +in Deleted Items$/m, {}],
  ] as const satisfies readonly (readonly [BehaviourPoint, RegExp, object])[]) {
    t.match(await lines(flipped(ALL_A, point)), pattern, point);
    t.match(capabilitiesOf(stack), capability, point);
  }
  const b = await lines(ALL_B);
  t.match(b, /ifMatch: false/);
  t.match(b, /selectContentId: false/);
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
