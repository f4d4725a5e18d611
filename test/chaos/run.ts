/**
 * Imports through a gateway that is killed again and again, from services that fail at random:
 * npm run chaos -- [--minutes 10] [--seed N] [--callers 20]
 *
 * Half of the callers are answered by Microsoft Graph, half by `auto`, for which Exchange switches EWS off on the way.
 * Calls are throttled, cut and timed out, tokens lose their validity before their time, and the gateway, a process of
 * its own, is restarted and killed. At the end each mail has to lie in "Processed" once, and each attachment on the
 * importer's disk: whole, and not more often than after a direct import from Exchange with the same seed and cuts.
 * A request may fail only where a direct client's would have, too: what can be waited out or repeated has to be.
 *
 * What happens to which attempt at which step of an import follows from the seed; when the gateway is killed does too,
 * but what it is doing then is up to the machine.
 */
import { availableParallelism, cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { request } from 'undici';
import { hashPassword } from '../../src/callers/password-hash.ts';
import type { FaultTarget } from '../../src/simulator/fault-script.ts';
import type { GraphFault } from '../../src/simulator/graph/faults.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import type { Dice } from '../fuzz/cases.ts';
import { freePort } from '../support/free-port.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { basic, CHEAP, CLIENT, newMailbox, PASSWORD, SECRET, TENANT } from '../support/stack.ts';
import { ChaosCaller, diceFor, Outages } from './caller.ts';
import { importDirectly } from './direct.ts';
import { EXPIRED } from './faults.ts';

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
/** Seconds: each token is renewed several times in ten minutes. */
const TOKEN_LIFETIME = 120;
/** Milliseconds between two times at which all tokens so far lose their validity: the gateway replaces one in 30 s. */
const SHORTEST_VALIDITY = 35_000;

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
  // The same address after each start.
  listen: `["http://127.0.0.1:${await freePort()}"]`,
  callers: addresses
    .map((username, index) => {
      const backend = index % 2 === 0 ? 'graph' : 'auto';
      return `  - { username: ${username}, backend: ${backend}, password: { hash: "${hash}" } }`;
    })
    .join('\n'),
});
await gateway.start();

const outages = new Outages();
const stopping = new AbortController();
const { signal } = stopping;
const callers = exchange.mailboxes.map(
  (mailbox) =>
    new ChaosCaller({
      mailbox,
      seed,
      outages,
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
let [kills, restarts] = [0, 0];
let expiries = 0;
/** Tokens that the services have seen, and whether they still count. */
const tokens = new Map<string, boolean>();
const work = [...callers.map((caller) => keepImporting(caller)), endGateways(), expireTokens(), switchOff()];
await sleep(duration);
stopping.abort();
await Promise.all(work);
const ended = performance.now();
await gateway.stop();
await simulator.close();
await judge();

/** Whose call it is stands in its path, a batch's and EWS's in its body. */
function disturbed(
  service: 'graph' | 'ews',
  operation: string,
  { path, headers, body }: FaultTarget,
): GraphFault | undefined {
  const token = headers['authorization']?.toString();
  // The steps of a batch have none.
  if (token !== undefined && !isFresh(token)) return EXPIRED[service];
  const address = /importer-\d+@contoso\.test/.exec(`${decodeURIComponent(path)} ${body.toString()}`)?.[0] ?? '';
  return byAddress.get(address)?.disturb(service, operation);
}

function isFresh(token: string): boolean {
  const known = tokens.get(token);
  if (known === undefined) tokens.set(token, true);
  return known ?? true;
}

async function keepImporting(caller: ChaosCaller): Promise<void> {
  const dice = diceFor(seed, `pauses of ${caller.mailbox.address}`);
  while (!signal.aborted) {
    await caller.round();
    await pause(dice.below(1_000));
  }
}

async function endGateways(): Promise<void> {
  const dice: Dice = diceFor(seed, 'ends');
  for (;;) {
    await pause(3_000 + dice.below(12_000));
    if (signal.aborted) return;
    if (dice.chance(3)) {
      restarts++;
      await outages.during(() => gateway.restart());
    } else {
      kills++;
      await outages.during(async () => {
        await gateway.kill();
        await gateway.start();
      });
    }
  }
}

/** As after a change of the app's rights: the services refuse tokens that Entra ID gave out before. */
async function expireTokens(): Promise<void> {
  const dice = diceFor(seed, 'tokens');
  for (;;) {
    await pause(SHORTEST_VALIDITY + dice.below(SHORTEST_VALIDITY));
    if (signal.aborted) return;
    expiries++;
    for (const token of tokens.keys()) tokens.set(token, false);
  }
}

async function switchOff(): Promise<void> {
  await pause((duration * (25 + diceFor(seed, 'switch').below(25))) / 100);
  exchange.settings.ewsEnabled = false;
}

async function pause(milliseconds: number): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}

async function judge(): Promise<void> {
  const problems = callers.flatMap((caller) =>
    caller.problems.map((problem) => `${caller.mailbox.address}: ${problem}`),
  );
  const direct = await importDirectly(callers);
  let [saved, savedDirectly, files] = [0, 0, 0];
  for (const caller of callers) {
    const { mailbox, delivered, disk } = caller;
    const complain = (problem: string): void => void problems.push(`${mailbox.address}: ${problem}`);
    const { processed } = caller;
    for (const { subject } of delivered) {
      const times = processed.filter((other) => other === subject).length;
      if (times !== 1) complain(`${subject} lies in "Processed" ${times} times`);
    }
    if (processed.length > delivered.length) complain(`"Processed" holds ${processed.length} messages`);
    for (const { subject, files: own } of delivered)
      for (const { name, content } of own) {
        const file = `${subject}/${name}`;
        const [times, most] = [disk.timesOf(file), direct.get(caller)?.timesOf(file) ?? 0];
        files++;
        saved += times;
        savedDirectly += most;
        if (times === 0) complain(`${file} was not saved`);
        else if (times > most) complain(`${file} was saved ${times} times, by a direct import ${most}`);
        else if (disk.contentOf(file) !== content) complain(`${file} is not whole`);
      }
  }
  const sum = (of: (caller: ChaosCaller) => number): number => callers.reduce((total, caller) => total + of(caller), 0);
  const struck = Object.entries(
    Object.groupBy(
      callers.flatMap((caller) => caller.struck),
      (name) => name,
    ),
  );
  if (files === 0 || struck.length === 0) problems.push('nothing happened');
  process.stdout.write(
    [
      `seed ${seed}, ${((ended - begun) / 60_000).toFixed(1)} minutes, ${callers.length} callers, ` +
        `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}`,
      `${sum(({ delivered }) => delivered.length)} mails with ${files} attachments; ${sum((one) => one.requests)} ` +
        `requests, of which ${sum((one) => one.failures)} failed`,
      `saved ${saved} times, by a direct import ${savedDirectly} times`,
      `the gateway was killed ${kills} times and restarted ${restarts} times`,
      `tokens lost their validity ${expiries} times`,
      `calls that were disturbed: ${struck.map(([name, list]) => `${name} ${list.length}`).join(', ')}`,
      ...problems.slice(0, 20).map((problem) => `FAILED ${problem}`),
      ...(problems.length > 20 ? [`FAILED ${problems.length - 20} more`] : []),
      '',
    ].join('\n'),
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
}
