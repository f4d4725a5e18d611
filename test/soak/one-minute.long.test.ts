import { spawn } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';

t.test('a minute in which everything goes wrong around the gateway loses no request', async (t) => {
  const { NODE_OPTIONS: _ofTheTestRunner, ...environment } = process.env;
  const soak = spawn(process.execPath, [join(import.meta.dirname, 'run.ts'), '--minutes', '1'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  soak.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const status = await new Promise((resolve) => soak.once('close', resolve));
  t.equal(status, 0, printed);
  t.comment(printed);
});
