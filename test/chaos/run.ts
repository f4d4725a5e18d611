/**
 * Imports through a gateway that is killed again and again, from services that fail at random:
 * npm run chaos -- [--minutes 10] [--seed N] [--callers 20]
 *
 * Half of the callers are answered by Microsoft Graph, half by `auto`, for which Exchange switches EWS off on the way.
 * Calls are throttled, cut and timed out, tokens lose their validity before their time, and the gateway, a process of
 * its own, is restarted and killed. Each of these happens in a run of a minute or more, to both services where it is
 * about calls, or the run has failed. At the end each mail has to lie in "Processed" once, and each attachment on the
 * importer's disk: whole, and not more often than after a direct import from Exchange with the same seed and cuts.
 * A request may fail only where a direct client's would have, too: what can be waited out or repeated has to be, and
 * what is under way when the gateway is restarted has to be answered before it ends.
 *
 * What happens to which attempt at which step of an import follows from the seed; when and how the gateway ends does
 * too, but what it is doing then is up to the machine.
 */
import { availableParallelism, cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { request } from 'undici';
import { hashPassword } from '../../src/callers/password-hash.ts';
import type { FaultTarget } from '../../src/simulator/fault-script.ts';
import type { GraphFault } from '../../src/simulator/graph/faults.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { freePort } from '../support/free-port.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { basic, CHEAP, CLIENT, newMailbox, PASSWORD, SECRET, TENANT } from '../support/stack.ts';
import { ChaosCaller, diceFor } from './caller.ts';
import { EXPIRED, TROUBLE_NAMES, type Service, type TroubleName } from './faults.ts';
import { eventsAt, eventsOf, judge, type Chaos } from './judge.ts';
import { Outages, type End } from './outages.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    callers: { type: 'string', default: '20' },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const duration = minutes * 60_000;
const isGraph = (index: number): boolean => index % 2 === 0;
/** Seconds: each token is renewed several times in ten minutes. */
const TOKEN_LIFETIME = 120;
/** Milliseconds between two times at which all tokens so far lose their validity: the gateway replaces one in 30 s. */
const SHORTEST_VALIDITY = 35_000;
/** Milliseconds within which tokens lose their validity first: EWS is there still. */
const FIRST_EXPIRY = 10_000;

const addresses = Array.from({ length: Number(values.callers) }, (_, index) => `importer-${index}@contoso.test`);
const simulator = await startSimulator({
  apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }], graphRoles: ['Mail.ReadWrite'] }],
  mailboxes: addresses.map((address) => newMailbox(address)),
  tokenLifetime: TOKEN_LIFETIME,
});
const { exchange, graph } = simulator;
exchange.onRequest = () => (exchange.requests.length = 0);
graph.onRequest = () => (graph.requests.length = 0);
const hash = await hashPassword(PASSWORD, CHEAP);
const gateway = new GatewayProcess(simulator, {
  backend: 'graph',
  // As long as by default: what is under way has its time to end.
  limits: 'shutdownSeconds: 30',
  // The same address after each start.
  listen: `["http://127.0.0.1:${await freePort()}"]`,
  callers: addresses
    .map((username, index) => {
      const backend = isGraph(index) ? 'graph' : 'auto';
      return `  - { username: ${username}, backend: ${backend}, password: { hash: "${hash}" } }`;
    })
    .join('\n'),
});
await gateway.start();

const outages = new Outages();
const stopping = new AbortController();
const { signal } = stopping;
const callers = exchange.mailboxes.map(
  (mailbox, index) =>
    new ChaosCaller({
      mailbox,
      seed,
      outages,
      opening: openingOf(index),
      beginsWithEws: !isGraph(index),
      isEwsOff: () => !exchange.settings.ewsEnabled,
      isDisturbed: () => !signal.aborted,
      post: async (body) => {
        const answer = await request(gateway.url, {
          method: 'POST',
          headers: { 'authorization': basic(mailbox.address), 'content-type': 'text/xml; charset=utf-8' },
          body,
        });
        return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
      },
    }),
);
const byAddress = new Map(callers.map((caller) => [caller.mailbox.address, caller]));
graph.script.choose = (operation, target) => disturbed('graph', operation, target);
exchange.script.choose = (operation, target) => disturbed('ews', operation, target);

const begun = performance.now();
/** Tokens that each service has seen, and whether they still count. */
const tokens: Record<Service, Map<string, boolean>> = { graph: new Map(), ews: new Map() };
const chaos: Chaos = { callers, outages, expiries: 0, refused: { graph: 0, ews: 0 } };
const work = [...callers.map((caller) => keepImporting(caller)), endGateways(), expireTokens(), switchOff()];
await sleep(duration);
// A machine that is busy with other work comes to less in this time.
while (eventsOf(chaos).some(([, times]) => times === 0) && performance.now() - begun < 5 * duration) await sleep(500);
stopping.abort();
await Promise.all(work);
const ended = performance.now();
await gateway.stop();
await simulator.close();
const { problems, lines } = await judge(chaos);
process.stdout.write(
  [
    `seed ${seed}, ${((ended - begun) / 60_000).toFixed(1)} minutes, ${callers.length} callers, ` +
      `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}`,
    ...lines,
    ...problems.slice(0, 20).map((problem) => `FAILED ${problem}`),
    ...(problems.length > 20 ? [`FAILED ${problems.length - 20} more`] : []),
    '',
  ].join('\n'),
);
process.exitCode = problems.length === 0 ? 0 : 1;

/** The callers of each service share all kinds of trouble among them, so that each kind comes at once. */
function openingOf(index: number): readonly TroubleName[] {
  const own = addresses.map((_, other) => other).filter((other) => isGraph(other) === isGraph(index));
  return TROUBLE_NAMES.filter((_, position) => position % own.length === own.indexOf(index));
}

/** Whose call it is stands in its path, a batch's and EWS's in its body. */
function disturbed(service: Service, operation: string, { path, headers, body }: FaultTarget): GraphFault | undefined {
  const token = headers['authorization']?.toString();
  // The steps of a batch have none.
  if (token !== undefined && !isFresh(service, token)) {
    chaos.refused[service]++;
    return EXPIRED[service];
  }
  const address = /importer-\d+@contoso\.test/.exec(`${decodeURIComponent(path)} ${body.toString()}`)?.[0] ?? '';
  return byAddress.get(address)?.disturb(service, operation);
}

function isFresh(service: Service, token: string): boolean {
  const known = tokens[service].get(token);
  if (known === undefined) tokens[service].set(token, true);
  return known ?? true;
}

async function keepImporting(caller: ChaosCaller): Promise<void> {
  const dice = diceFor(seed, `pauses of ${caller.mailbox.address}`);
  try {
    while (!signal.aborted) {
      await caller.round();
      await pause(dice.below(1_000));
    }
  } catch (error) {
    caller.problems.push(error instanceof Error ? `${error.message}: ${String(error.cause)}` : String(error));
  }
}

/** Once each way, in an order of the dice, and so on. */
async function endGateways(): Promise<void> {
  const dice = diceFor(seed, 'ends');
  const due: End[] = [];
  for (;;) {
    await pause(4_000 + dice.below(8_000));
    await answers(20 + dice.below(60));
    if (signal.aborted) return;
    if (due.length === 0)
      due.push(...(dice.chance(2) ? (['kill', 'restart'] as const) : (['restart', 'kill'] as const)));
    if (due.pop() === 'restart') await outages.during('restart', () => gateway.restart());
    else
      await outages.during('kill', async () => {
        await gateway.kill();
        await gateway.start();
      });
  }
}

/** Waits for as many answers more: a machine that is busy with other work starts slowly, and answers slowly. */
async function answers(count: number): Promise<void> {
  const sum = (): number => callers.reduce((total, { requests, failures }) => total + requests - failures, 0);
  const enough = sum() + count;
  while (sum() < enough && !signal.aborted) await pause(100);
}

/** As after a change of the app's rights: the services refuse tokens that Entra ID gave out before. */
async function expireTokens(): Promise<void> {
  const dice = diceFor(seed, 'tokens');
  for (let rest = dice.below(FIRST_EXPIRY); ; rest = SHORTEST_VALIDITY + dice.below(SHORTEST_VALIDITY)) {
    await pause(rest);
    if (signal.aborted) return;
    chaos.expiries++;
    await Promise.all((['graph', 'ews'] as const).map((service) => expireAt(service)));
  }
}

/** Until a call was refused: a gateway that was just ended comes with a new token. */
async function expireAt(service: Service): Promise<void> {
  const before = chaos.refused[service];
  const isOff = (): boolean => service === 'ews' && !exchange.settings.ewsEnabled;
  while (chaos.refused[service] === before && !isOff() && !signal.aborted) {
    for (const token of tokens[service].keys()) tokens[service].set(token, false);
    await pause(250);
  }
}

/** Once EWS has had its share of trouble. */
async function switchOff(): Promise<void> {
  await pause((duration * (25 + diceFor(seed, 'switch').below(25))) / 100);
  while (!signal.aborted && eventsAt(chaos, 'ews').some(([, times]) => times === 0)) await pause(250);
  exchange.settings.ewsEnabled = false;
}

async function pause(milliseconds: number): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
