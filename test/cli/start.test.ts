import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { run, type CommandRun } from '../support/command.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, CLIENT, newMailbox, SECRET, send, TENANT, yamlOf, type StackOptions } from '../support/stack.ts';
import { TEST_KEY } from '../support/key.ts';

interface Started {
  readonly gateway: CommandRun;
  readonly url: string;
  readonly simulator: Simulator;
  readonly write: (options?: StackOptions) => void;
}

async function started(t: Test): Promise<Started> {
  const simulator = await startSimulator({
    key: TEST_KEY,
    apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }] }],
    mailboxes: [newMailbox(ALICE)],
  });
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-start-'));
  const file = join(folder, 'gateway.yaml');
  const write = (options: StackOptions = {}): void =>
    writeFileSync(file, yamlOf(simulator, { yaml: 'log: { format: json, level: debug }', ...options }));
  writeFileSync(join(folder, 'ca.pem'), simulator.tls.certificate);
  write();
  t.teardown(async () => {
    await simulator.close();
    rmSync(folder, { recursive: true });
  });
  const gateway = run(t, ['start', '--config', file], { environment: { SECRET } });
  const [, origin] = await gateway.until(/"listeners":\["([^"]+)"\]/);
  return { gateway, url: `${origin}/ews/exchange.asmx`, simulator, write };
}

function post(url: string): ReturnType<typeof send> {
  return send(url, GET_FOLDER, { authorization: basic(ALICE) });
}

t.test('it serves until SIGTERM, and ends with status 0', async (t) => {
  const { gateway, url } = await started(t);
  t.equal((await post(url)).status, 200);
  await gateway.until(/"operation":"GetFolder".*"msg":"request answered"/);
  gateway.kill('SIGTERM');
  t.equal(await gateway.ended, 0);
  t.match(gateway.stdout, /"signal":"SIGTERM".*"msg":"stopping[^]*"msg":"stopped"/);
  t.equal(gateway.stderr, '');
});

t.test('a changed file is put in force by itself', async (t) => {
  const { gateway, url, write, simulator } = await started(t);
  write({ registration: '    userAgent: Changed/1' });
  await gateway.until(/"why":"a file changed","msg":"configuration reloaded"/);
  await post(url);
  t.equal(simulator.exchange.requests.at(-1)?.headers['user-agent'], 'Changed/1');
});

t.test(
  'SIGHUP reloads; a mistake is told and changes nothing',
  { skip: process.platform === 'win32' ? 'no SIGHUP here' : false },
  async (t) => {
    const { gateway, url, write, simulator } = await started(t);
    write({ alice: '    operatoins: all' });
    gateway.kill('SIGHUP');
    await gateway.until(
      /gateway\.yaml:\d+:\d+: callers\[0\]\.operatoins: unknown key; did you mean \\"operations\\"\?.*"msg":"the new configuration is not usable/,
    );
    t.equal((await post(url)).status, 200);
    write({ registration: '    userAgent: Changed/2' });
    gateway.kill('SIGHUP');
    await gateway.until(/"msg":"configuration reloaded"/);
    await post(url);
    t.equal(simulator.exchange.requests.at(-1)?.headers['user-agent'], 'Changed/2');
  },
);

t.test('a configuration that cannot be used: status 1 and what to do', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-start-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const missing = run(t, ['start'], { cwd: folder });
  t.equal(await missing.ended, 1);
  t.match(missing.stderr, /config\/gateway\.yaml: cannot be read \(ENOENT\)\. Make one with: ews-gateway init/);
  t.notMatch(missing.stderr, /\n\s+at /, 'no stack trace');
  writeFileSync(join(folder, 'bad.yaml'), 'callers: 1\n');
  const bad = run(t, ['start', '-c', 'bad.yaml'], { cwd: folder });
  t.equal(await bad.ended, 1);
  t.match(bad.stderr, /bad\.yaml:1:\d+: /);
});

t.test('a port that is taken: status 1 and which', async (t) => {
  const { url, simulator } = await started(t);
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-start-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'ca.pem'), simulator.tls.certificate);
  writeFileSync(join(folder, 'gateway.yaml'), yamlOf(simulator, { listen: `["${new URL(url).origin}"]` }));
  const second = run(t, ['start', '-c', join(folder, 'gateway.yaml')], { environment: { SECRET } });
  t.equal(await second.ended, 1);
  t.match(second.stderr, /another program listens on this address already/);
});
