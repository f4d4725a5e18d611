import { spawn } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';

t.test('a minute of chaos around twenty imports loses no mail and repeats none', async (t) => {
  // The test runner gives its children a loader by NODE_OPTIONS, which the gateway does not need.
  const command = ['-u', 'NODE_OPTIONS', process.execPath, join(import.meta.dirname, 'run.ts'), '--minutes', '1'];
  const chaos = spawn('env', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  chaos.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const status = await new Promise((resolve) => chaos.once('close', resolve));
  t.equal(status, 0, printed);
  t.comment(printed);
});
