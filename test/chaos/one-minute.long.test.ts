import { spawn } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { TROUBLE_NAMES } from './faults.ts';

t.test('a minute of chaos around twenty imports loses no mail and repeats none', async (t) => {
  // The test runner gives its children a loader by NODE_OPTIONS, which the gateway does not need.
  const command = ['-u', 'NODE_OPTIONS', process.execPath, join(import.meta.dirname, 'run.ts'), '--minutes', '1'];
  const chaos = spawn('env', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  chaos.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const status = await new Promise((resolve) => chaos.once('close', resolve));
  t.equal(status, 0, printed);
  const happened = new Map(printed.split('\n').map((line) => line.split(/: (?=\d+$)/)) as [string, string][]);
  for (const what of [
    'kills',
    'restarts',
    'requests under way that a restart let end',
    'expiries of tokens',
    ...['Microsoft Graph', 'EWS'].flatMap((service) => [
      `refused tokens at ${service}`,
      ...TROUBLE_NAMES.map((trouble) => `${service}: ${trouble}`),
    ]),
  ])
    t.ok(Number(happened.get(what)) >= 1, `${what}: ${happened.get(what)} times`);
  t.comment(printed);
});
