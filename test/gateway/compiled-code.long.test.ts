import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { eventually } from '../support/eventually.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { startGatewayProcess } from '../support/gateway-process.ts';
import { TEST_KEY } from '../support/key.ts';
import { ALICE, basic, CLIENT, newMailbox, SECRET, send, TENANT } from '../support/stack.ts';

/** Longer than the gateway waits before it asks V8 to keep code, in milliseconds. */
const LOAD = 22_000;
/** Where it does not, V8 throws away 100 to 200. */
const FEW = 20;

t.test('what was compiled for requests is kept over a rest', async (t) => {
  const log = join(t.testdir(), 'v8.log');
  const simulator = await startSimulator({
    apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }] }],
    key: TEST_KEY,
    mailboxes: [newMailbox(ALICE)],
  });
  t.teardown(() => simulator.close());
  const options = ['--trace-gc', '--log-deopt', '--no-logfile-per-isolate', `--logfile=${log}`];
  const gateway = await startGatewayProcess(t, simulator, {}, options);
  const end = performance.now() + LOAD;
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const { status } = await send(gateway.url, GET_FOLDER, { authorization: basic(ALICE) });
      if (status !== 200) throw new Error(`HTTP ${status}`);
    }
  };
  await Promise.all(Array.from({ length: 4 }, client));
  const collections = (): number => gateway.output.match(/Mark-Compact/g)?.length ?? 0;
  const before = collections();
  await eventually(() => collections() > before, collections, 60_000);
  // Ended, it has written the whole log.
  await gateway.stop();
  const thrownAway = readFileSync(log, 'utf8').match(/embedded weak objects cleared/g)?.length ?? 0;
  t.ok(thrownAway <= FEW, `${thrownAway} functions`);
});
