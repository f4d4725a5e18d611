import t, { type Test } from 'tap';
import { request } from 'undici';
import { startSimulator } from '../../../src/simulator/simulator.ts';
import { startDirectImport, type Cut } from '../../support/direct-import.ts';
import { freePort } from '../../support/free-port.ts';
import { startGatewayProcess } from '../../support/gateway-process.ts';
import { importAll, throughGateway, type Disk } from '../../support/importer.ts';
import { TEST_KEY } from '../../support/key.ts';
import { ALICE, basic, CLIENT, newMailbox, SECRET, TENANT } from '../../support/stack.ts';
import { assertImported, boundsOf, fill } from './import-fixture.ts';

/** When the gateway is killed: a call has come to Graph and is not carried out, or was and is not answered. */
interface Kill {
  readonly position: number;
  readonly when: 'before' | 'after';
}

interface Killed {
  readonly disk: Disk;
  /** In the order they were carried out: a batch behind its steps. */
  readonly calls: readonly string[];
  /** Requests the client had sent when the gateway was killed. */
  readonly struckAt: number;
}

/** An import whose gateway is killed once and started again. */
async function runImport(t: Test, kill: Kill | undefined): Promise<Killed> {
  const simulator = await startSimulator({
    key: TEST_KEY,
    apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }], graphRoles: ['Mail.ReadWrite'] }],
    mailboxes: [newMailbox(ALICE)],
  });
  t.teardown(() => simulator.close());
  const { graph } = simulator;
  await fill(simulator);
  const port = await freePort();
  const gateway = await startGatewayProcess(t, simulator, {
    backend: 'graph',
    listen: `["http://127.0.0.1:${port}"]`,
  });
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
  let [noted, sent, struckAt] = [0, 0, -1];
  let restarted: Promise<unknown> = Promise.resolve();
  const die = (): void => {
    struckAt = sent;
    restarted = gateway.kill().then(() => gateway.start());
  };
  if (kill !== undefined) {
    graph.onRequest = () => {
      if (noted++ === kill.position && struckAt === -1) die();
    };
    if (kill.when === 'before') {
      if (kill.position > 0) graph.script.add({ times: kill.position });
      graph.script.add({ cut: 'before' });
    }
  }
  const disk = await importAll({
    pause: 50,
    patience: 120_000,
    send: (operation) =>
      send(operation).finally(() => {
        sent++;
      }),
  });
  await restarted;
  if (kill !== undefined) t.not(struckAt, -1, 'it was killed');
  assertImported(t, simulator, disk);
  return { disk, calls: graph.requests.map(({ method, template }) => `${method} ${template}`), struckAt };
}

t.test('a gateway that is killed between any two Graph calls of an import loses no mail', async (t) => {
  const { calls } = await runImport(t, undefined);
  const boundOf = boundsOf(await startDirectImport(t, fill));
  // Those before are the steps of a batch that learns the mailbox, which come together.
  const learnt = calls.indexOf('POST /$batch');
  const kills = calls.flatMap((_, position): Kill[] => [
    { position, when: 'after' },
    ...(position > learnt ? [{ position, when: 'before' } as const] : []),
  ]);
  for (const { position, when } of kills)
    await t.test(`killed ${when} call ${position}, ${calls[position]}`, async (t) => {
      const { disk, struckAt } = await runImport(t, { position, when });
      const kind: Cut['kind'] = when === 'before' ? 'before' : 'midway';
      const most = await boundOf({ after: struckAt, kind, times: 1 });
      t.ok(disk.mostOften <= most, `saved ${disk.mostOften} times, by EWS ${most}`);
    });
});
