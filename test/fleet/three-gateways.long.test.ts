/**
 * Three gateways behind a real load balancer, with a real Redis between them: one is killed every few seconds, one
 * stands still for longer than its slots last, then each is restarted in turn, while programs import.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { request } from 'undici';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { eventuallySo } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { startHaproxy, WITHOUT_HAPROXY } from '../support/haproxy.ts';
import { importAll, throughGateway, type Disk } from '../support/importer.ts';
import { TEST_KEY } from '../support/key.ts';
import { sharedYaml } from '../support/kept-states.ts';
import { startRedis, WITHOUT_REDIS, type RedisServer } from '../support/redis.ts';
import * as stack from '../support/stack.ts';
import { ALICE, basic, BOB, mail, newMailbox, send, type Answer } from '../support/stack.ts';

const IMPORTERS = [ALICE, BOB, 'CONTOSO\\carol'];
const MAILBOXES = [ALICE, BOB, 'carol@contoso.test'];
const MAILS = 25;
/** Milliseconds that Graph takes. */
const LATENCY = 20;
/** Programs that read beside each import. */
const READERS = 3;
const BETWEEN_KILLS = 3_000;
const KILLS = 6;
/** Longer than a lease. */
const PAUSE = 17_000;

interface Fleet {
  readonly simulator: Simulator;
  readonly gateways: readonly GatewayProcess[];
  readonly url: string;
  readonly redis: RedisServer;
}

async function startFleet(t: Test): Promise<Fleet> {
  const simulator = await startSimulator({
    apps: [
      {
        tenantId: stack.TENANT,
        clientId: stack.CLIENT,
        secrets: [{ value: stack.SECRET }],
        graphRoles: ['Mail.ReadWrite', 'User.ReadBasic.All'],
      },
    ],
    key: TEST_KEY,
    mailboxes: MAILBOXES.map(newMailbox),
    schemas: stack.SCHEMAS,
  });
  t.teardown(() => simulator.close());
  const redis = await startRedis(t);
  const places = await Promise.all(
    [1, 2, 3].map(async () => ({ port: await freePort(), adminPort: await freePort() })),
  );
  const gateways = places.map(
    ({ port, adminPort }) =>
      new GatewayProcess(simulator, {
        backend: 'graph',
        listen: `["http://127.0.0.1:${port}"]`,
        admin: `http://127.0.0.1:${adminPort}`,
        limits: 'drainSeconds: 3, shutdownSeconds: 20',
        yaml: sharedYaml(redis.url),
      }),
  );
  for (const gateway of gateways) t.teardown(() => gateway.stop());
  await Promise.all(gateways.map((gateway) => gateway.start()));
  const port = await freePort();
  await startHaproxy(t, port, places);
  const url = `http://127.0.0.1:${port}/ews/exchange.asmx`;
  const post = (body: string): Promise<Answer> => send(url, body, { authorization: basic(ALICE) });
  await eventuallySo(async () => (await post(GET_FOLDER).catch(() => undefined))?.status === 200);
  return { simulator, gateways, url, redis };
}

async function deliver(simulator: Simulator, prefix: string): Promise<void> {
  for (const mailbox of simulator.exchange.mailboxes)
    for (let count = 0; count < MAILS; count++)
      await mailbox.deliver(
        mail(`${prefix} ${count}`, [
          { name: 'scan.pdf', contentType: 'application/pdf', content: Buffer.alloc(2_000, count) },
        ]),
      );
}

/** Imports for all mailboxes at once. @param onAnswer sees each answer */
function importEverything(url: string, onAnswer: (answer: Answer | Error) => void): Promise<Disk[]> {
  return Promise.all(
    IMPORTERS.map((caller) =>
      importAll({
        patience: 100_000,
        pause: 50,
        send: throughGateway(async (body) => {
          try {
            const answer = await send(url, body, { authorization: basic(caller) });
            onAnswer(answer);
            return answer;
          } catch (error) {
            onAnswer(error as Error);
            throw error;
          }
        }),
      }),
    ),
  );
}

/** Looks at the mailboxes all the while, as other programs do, until the signal. */
async function readMeanwhile(
  url: string,
  signal: AbortSignal,
  onAnswer: (answer: Answer | Error) => void,
): Promise<void> {
  const read = async (caller: string): Promise<void> => {
    while (!signal.aborted)
      await send(url, GET_FOLDER, { authorization: basic(caller) }).then(onAnswer, (error: Error) => onAnswer(error));
  };
  await Promise.all(IMPORTERS.flatMap((caller) => Array.from({ length: READERS }, () => read(caller))));
}

/** Holds that each mail is in Processed once, and nowhere else. */
function assertProcessedOnce(t: Test, { exchange }: Simulator, prefix: string, disks: readonly Disk[]): void {
  const expected = Array.from({ length: MAILS }, (_, count) => `${prefix} ${count}`).toSorted();
  for (const [index, mailbox] of exchange.mailboxes.entries()) {
    const { folders, items, address } = mailbox;
    const processed = folders.childNamed(folders.resolve('inbox').id, 'Processed');
    const subjects = items.list(processed?.id ?? '').map(({ subject }) => subject);
    const these = subjects.filter((subject) => subject.startsWith(prefix));
    t.same(these.toSorted(), expected, `each mail of ${address} is in Processed once`);
    t.equal(mailbox.counts('inbox').total, 0, 'none is left');
    t.equal(disks[index]?.names.length, MAILS, 'and on the disk of its program');
  }
}

/** Answers that say no, and connections that broke. */
function failures(answers: readonly (Answer | Error)[]): string[] {
  return answers.flatMap((answer) => {
    if (answer instanceof Error) return [String(answer)];
    return answer.status === 200 ? [] : [`HTTP ${answer.status}: ${answer.text.slice(0, 300)}`];
  });
}

/** Requests that Graph has put off, of those behind the first so many. */
function throttledSince({ graph }: Simulator, count: number): unknown[] {
  return graph.requests.slice(count).filter(({ status }) => status === 429);
}

t.test('three gateways are one', { skip: WITHOUT_REDIS || WITHOUT_HAPROXY }, async (t) => {
  const fleet = await startFleet(t);
  const { simulator, gateways, url } = fleet;
  simulator.graph.settings.latency = LATENCY;

  await t.test('each mail is imported once, while one of them is killed every three seconds', async (t) => {
    const done = new AbortController();
    const reading = readMeanwhile(url, done.signal, () => undefined);
    let kills = 0;
    const killing = (async () => {
      for (; !done.signal.aborted; kills++) {
        await sleep(BETWEEN_KILLS, undefined, { signal: done.signal }).catch(() => undefined);
        const gateway = gateways[kills % gateways.length];
        await gateway?.kill();
        await gateway?.start();
      }
    })();
    // As many imports as it takes: on a quick machine one ends before anything is killed.
    for (let round = 1; kills < KILLS; round++) {
      await deliver(simulator, `round ${round}, mail`);
      const before = { kills, at: performance.now() };
      assertProcessedOnce(t, simulator, `round ${round}, mail`, await importEverything(url, () => undefined));
      const seconds = Math.round((performance.now() - before.at) / 1000);
      t.comment(`round ${round}: ${kills - before.kills} kills in ${seconds} s`);
    }
    done.abort();
    await Promise.all([killing, reading]);
  });

  await t.test('one that stood still for longer than its slots last takes none that others have', async (t) => {
    await eventuallySo(async () => (await request(`${gateways[0]?.admin}/acceptz`)).statusCode === 200);
    const before = simulator.graph.requests.length;
    const done = new AbortController();
    const reading = readMeanwhile(url, done.signal, () => undefined);
    await deliver(simulator, 'paused');
    const importing = importEverything(url, () => undefined);
    await sleep(1_000);
    gateways[0]?.pause(true);
    await sleep(PAUSE);
    gateways[0]?.pause(false);
    assertProcessedOnce(t, simulator, 'paused', await importing);
    await sleep(1_000);
    done.abort();
    await reading;
    t.same(throttledSince(simulator, before), []);
  });

  await t.test('no request is refused while each is restarted in turn', async (t) => {
    await deliver(simulator, 'restarted');
    const before = simulator.graph.requests.length;
    const answers: (Answer | Error)[] = [];
    const done = new AbortController();
    const reading = readMeanwhile(url, done.signal, (answer) => answers.push(answer));
    const importing = importEverything(url, (answer) => answers.push(answer));
    for (const gateway of gateways) {
      await gateway.restart();
      // As an administrator waits for the next one: until it is ready, and the load balancer knows.
      await eventuallySo(async () => (await request(`${gateway.admin}/acceptz`)).statusCode === 200);
      await sleep(500);
    }
    const disks = await importing;
    done.abort();
    await reading;
    t.same(failures(answers), []);
    t.ok(answers.length > 500, `${answers.length} requests`);
    assertProcessedOnce(t, simulator, 'restarted', disks);
    t.same(throttledSince(simulator, before), [], 'Graph has never seen more than four calls at once for a mailbox');
  });

  await t.test('nothing is left held', async () => {
    await eventuallySo(async () => fleet.redis.command('KEYS', 'ews-gateway:line:*') === '');
  });
});
