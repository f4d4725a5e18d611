import { spawn } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';

t.test('a minute in which everything goes wrong around the gateway loses no request', async (t) => {
  // The test runner gives its children a loader by NODE_OPTIONS, which would be measured too.
  const command = ['-u', 'NODE_OPTIONS', process.execPath, join(import.meta.dirname, 'run.ts'), '--minutes', '1'];
  const soak = spawn('env', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  soak.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const status = await new Promise((resolve) => soak.once('close', resolve));
  t.equal(status, 0, printed);
  t.comment(printed);
});
