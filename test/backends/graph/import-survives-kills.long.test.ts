import t, { type Test } from 'tap';
import { request } from 'undici';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.ts';
import { mailboxOf } from '../../support/differential.ts';
import { startDirectImport, type Cut } from '../../support/direct-import.ts';
import { freePort } from '../../support/free-port.ts';
import { startGatewayProcess, type GatewayProcess } from '../../support/gateway-process.ts';
import { importAll, throughGateway, type Disk } from '../../support/importer.ts';
import { TEST_KEY } from '../../support/key.ts';
import { ALICE, basic, CLIENT, newMailbox, SECRET, TENANT } from '../../support/stack.ts';
import { assertImported, boundsOf, fill, isAhead } from './import-fixture.ts';

/** When the gateway is killed: a call has come to Graph and is not carried out, or was and is not answered. */
interface Kill {
  readonly position: number;
  readonly when: 'before' | 'after';
  /** Whether the gateway has just been started, so that it has to learn the mailbox first. */
  readonly isNew: boolean;
}

interface Imported {
  readonly disk: Disk;
  /** In the order they were carried out: a batch behind its steps. */
  readonly calls: readonly string[];
  /** Requests the client had sent when the gateway was killed. */
  readonly struckAt: number;
}

interface Setting {
  readonly simulator: Simulator;
  readonly gateway: GatewayProcess;
}

async function started(t: Test): Promise<Setting> {
  const simulator = await startSimulator({
    key: TEST_KEY,
    apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }], graphRoles: ['Mail.ReadWrite'] }],
    mailboxes: [newMailbox(ALICE)],
  });
  t.teardown(() => simulator.close());
  // The same address after it was started again.
  const listen = `["http://127.0.0.1:${await freePort()}"]`;
  return { simulator, gateway: await startGatewayProcess(t, simulator, { backend: 'graph', listen }) };
}

/** An import whose gateway is killed once and started again. */
async function runImport(t: Test, { simulator, gateway }: Setting, kill: Kill | undefined): Promise<Imported> {
  const { graph } = simulator;
  mailboxOf({ simulator }).emptyFolder('inbox', 'hard', { withSubfolders: true });
  await fill(simulator);
  if (kill?.isNew === true) {
    await gateway.kill();
    await gateway.start();
  }
  const before = graph.requests.length;
  let [noted, sent, struckAt] = [0, 0, -1];
  let restarted: Promise<unknown> = Promise.resolve();
  graph.onRequest = () => {
    if (kill === undefined || noted++ !== kill.position) return;
    struckAt = sent;
    restarted = gateway.kill().then(() => gateway.start());
  };
  graph.script.clear();
  if (kill?.when === 'before') graph.script.add(...(kill.position > 0 ? [{ times: kill.position }] : []), CUT);
  const send = throughGateway(async (body) => {
    const {
      statusCode,
      headers,
      body: answer,
    } = await request(gateway.url, {
      method: 'POST',
      headers: { 'authorization': basic(ALICE), 'content-type': 'text/xml; charset=utf-8' },
      body,
    });
    return { status: statusCode, headers, text: await answer.text() };
  });
  const disk = await importAll({
    pause: 50,
    patience: 120_000,
    send: (operation) => send(operation).finally(() => sent++),
  });
  await restarted;
  assertImported(t, simulator, disk);
  const calls = graph.requests.slice(before).map(({ method, template }) => `${method} ${template}`);
  return { disk, calls, struckAt };
}

/** Not carried out, and noted, so that the gateway is killed before it notices. */
const CUT = { cut: 'before' } as const;

t.test('a gateway that is killed between any two Graph calls of an import loses no mail', async (t) => {
  const setting = await started(t);
  const first = await runImport(t, setting, undefined);
  const later = await runImport(t, setting, undefined);
  const boundOf = boundsOf(await startDirectImport(t, fill));
  // What comes first only where the gateway is new, and then in one batch: reading what the mailbox has.
  const learning = first.calls.length - later.calls.length;
  t.ok(learning > 10 && later.calls.length > 10);
  const kills: Kill[] = [
    ...first.calls.slice(0, learning).map((_, position): Kill => ({ position, when: 'after', isNew: true })),
    ...later.calls.flatMap((_, position): Kill[] => [
      { position, when: 'after', isNew: false },
      { position, when: 'before', isNew: false },
    ]),
  ];
  for (const kill of kills) {
    const { position, when, isNew } = kill;
    const name = `${isNew ? 'new, ' : ''}killed ${when} call ${position}, ${(isNew ? first : later).calls[position]}`;
    await t.test(name, async (t) => {
      const { disk, struckAt } = await runImport(t, setting, kill);
      t.not(struckAt, -1, 'it was killed');
      const kind: Cut['kind'] = when === 'before' ? 'before' : 'midway';
      // A call ahead of a request strikes that one, or the next.
      const after = isAhead((isNew ? first : later).calls, position) ? [struckAt, struckAt + 1] : [struckAt];
      const most = Math.max(...(await Promise.all(after.map((each) => boundOf({ after: each, kind, times: 1 })))));
      t.ok(disk.mostOften <= most, `saved ${disk.mostOften} times, by EWS ${most}`);
    });
  }
});
