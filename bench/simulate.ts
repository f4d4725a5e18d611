/**
 * What fleets of one and of three gateways, and Microsoft's limits, carry: npm run simulate -- --mailboxes 10000
 *
 * Simulates, see import-model.ts; docs/scaling.md has the result and what follows from it.
 */
import { parseArgs } from 'node:util';
import { simulateImports, type ModelOptions, type ModelResult } from './import-model.ts';

const { values } = parseArgs({
  options: {
    'mailboxes': { type: 'string', default: '10000' },
    'poll': { type: 'string', default: '60' },
    'processor-time': { type: 'string', default: '3' },
    'latency': { type: 'string', default: '80' },
    'connections': { type: 'string', default: '256' },
    'seconds': { type: 'string', default: '60' },
  },
});
const number = (name: keyof typeof values): number => {
  const value = Number(values[name]);
  if (!(value > 0)) throw new Error(`--${name} needs a number above 0`);
  return value;
};
const MAILS_PER_HOUR = [0, 5, 10, 20, 40, 80, 160];
const FLEETS = [1, 3];
/** GetItem, an attachment, UpdateItem, MoveItem: `npm run bench:graph` counts them with two attachments. */
const REQUESTS_PER_MAIL = 4;
/** Beyond this a request of a program takes noticeably longer, and beyond a core nothing helps. */
const BUSY = 0.7;

const fixed = {
  mailboxes: number('mailboxes'),
  pollSeconds: number('poll'),
  requestsPerMail: REQUESTS_PER_MAIL,
  processorTime: number('processor-time'),
  latency: number('latency'),
  connections: number('connections'),
  seconds: number('seconds'),
};
process.stdout.write(
  `${fixed.mailboxes} mailboxes, a look every ${fixed.pollSeconds} s, ${fixed.processorTime} ms of a core for each ` +
    `request, ${fixed.latency} ms of Graph\n\n` +
    '| mails/h and mailbox | gateways | requests/s | core in use | median ms | 95 % ms | of the app limit | ' +
    'busiest mailbox, of its limit | what is full |\n| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n',
);
for (const mailsPerHour of MAILS_PER_HOUR)
  for (const gateways of FLEETS) {
    const options: ModelOptions = { ...fixed, mailsPerHour, gateways };
    process.stdout.write(`${row(options, simulateImports(options, seeded(1)))}\n`);
  }

function row({ mailsPerHour, gateways }: ModelOptions, result: ModelResult): string {
  const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
  const full = [
    ...(result.processorUse > BUSY ? ['processor'] : []),
    ...(result.appLimitUse > 1 ? ['app limit'] : []),
    ...(result.mailboxLimitUse > 1 ? ['mailbox limit'] : []),
    ...(result.backlog > 1 ? [`${result.backlog.toFixed(0)} mails wait for each`] : []),
  ];
  const cells = [
    mailsPerHour,
    gateways,
    result.requestsPerSecond.toFixed(0),
    percent(result.processorUse),
    result.median.toFixed(0),
    result.p95.toFixed(0),
    percent(result.appLimitUse),
    percent(result.mailboxLimitUse),
    full.join(', '),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** The same numbers in each run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
