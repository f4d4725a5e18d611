/** What goes wrong around the gateway during a soak run. Each goes on until it is told to stop, by dice of its own. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Flood } from '../../bench/flood.ts';
import type { Dice } from '../fuzz/cases.ts';
import { envelope, getFolder } from '../support/envelopes.ts';
import { ALICE, basic } from '../support/stack.ts';
import type { GatewayProcess } from './gateway-process.ts';

export interface Scene {
  readonly gateway: GatewayProcess;
  /** The disk that becomes full; undefined where none can be made. */
  readonly disk: string | undefined;
  /** The configuration, in so many variants; beyond the last one it is not usable. */
  readonly configuration: (variant: number) => string;
  readonly variants: number;
}

export type Disturbance = (scene: Scene, dice: Dice, signal: AbortSignal) => Promise<void>;

/** Waits, or returns at once when the run ends. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** Wrong passwords in waves, from one network. */
const flood: Disturbance = async ({ gateway }, dice, signal) => {
  const from = Array.from({ length: 50 }, (_, index) => `127.0.1.${index + 1}`);
  while (!signal.aborted) {
    await pause(2_000 + dice.below(8_000), signal);
    const wave = new Flood(gateway.url, { from, names: [ALICE], perSecond: 50 + dice.below(200) });
    await pause(2_000 + dice.below(8_000), signal);
    await wave.stop();
  }
};

/** What slow clients begin with; none of them is ever complete. */
const BEGINNINGS: readonly ((host: string) => string)[] = [
  () => '',
  (host) => `POST /ews/exchange.asmx HTTP/1.1\r\nHost: ${host}\r\n`,
  (host) =>
    `POST /ews/exchange.asmx HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${basic('slow@contoso.test')}\r\n` +
    `Content-Type: text/xml\r\nContent-Length: 100000\r\n\r\n${envelope('<m:CreateItem>').slice(0, 300)}`,
  // Asks again and again, and reads none of the answers.
  (host) => {
    const body = envelope(getFolder());
    return (
      `POST /ews/exchange.asmx HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${basic('slow@contoso.test')}\r\n` +
      `Content-Type: text/xml\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    ).repeat(50);
  },
  () => '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
];

/** Clients that dawdle, half of whom go without a word. */
const slowClients: Disturbance = async ({ gateway }, dice, signal) => {
  const { hostname, port, host } = new URL(gateway.url);
  const open = new Set<Socket>();
  while (!signal.aborted) {
    const socket = connect({ host: hostname, port: Number(port), localAddress: `127.0.3.${1 + dice.below(200)}` });
    open.add(socket);
    socket.on('error', () => undefined).once('close', () => open.delete(socket));
    socket.pause();
    socket.write(Buffer.from(dice.pick(BEGINNINGS)(host), 'latin1'));
    const trickle = setInterval(() => socket.write('x'), 500);
    const end = setTimeout(() => (dice.chance(2) ? socket.destroy() : socket.resetAndDestroy()), dice.below(40_000));
    socket.once('close', () => {
      clearInterval(trickle);
      clearTimeout(end);
    });
    await pause(dice.below(1_000), signal);
  }
  for (const socket of open) socket.destroy();
};

const reloads: Disturbance = async ({ gateway, configuration, variants }, dice, signal) => {
  while (!signal.aborted) {
    await pause(1_000 + dice.below(10_000), signal);
    gateway.configure(configuration(dice.below(variants + 1)));
    if (dice.chance(2)) gateway.kill('SIGHUP');
  }
  gateway.configure(configuration(0));
};

/** Some seconds to some hours, both ways. */
const clockSteps: Disturbance = async ({ gateway }, dice, signal) => {
  while (!signal.aborted) {
    await pause(2_000 + dice.below(15_000), signal);
    gateway.stepClock((dice.chance(2) ? 1 : -1) * dice.pick([2, 90, 3_700, 7_200, 86_400]));
  }
  gateway.stepClock(0);
};

const fullDisk: Disturbance = async ({ gateway, disk }, dice, signal) => {
  if (disk === undefined) return;
  const filler = join(disk, 'filler');
  while (!signal.aborted) {
    await pause(3_000 + dice.below(15_000), signal);
    gateway.readLog();
    execFileSync('sh', ['-c', 'cat /dev/zero >"$0" 2>/dev/null || true', filler]);
    await pause(1_000 + dice.below(9_000), signal);
    rmSync(filler);
  }
};

export const DISTURBANCES = { flood, slowClients, reloads, clockSteps, fullDisk } as const satisfies Readonly<
  Record<string, Disturbance>
>;
