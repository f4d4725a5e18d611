import { spawn } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { sign, withProgress } from '../../src/cli/terminal.ts';

t.test('signs and colours that the console can show', async (t) => {
  const environment = {};
  t.equal(sign('ok', { environment, platform: 'linux', colour: false }), '✓');
  t.equal(sign('bad', { environment, platform: 'linux', colour: true }), '\u001b[31m✗\u001b[0m');
  t.equal(sign('warn', { environment: { NO_COLOR: '1' }, platform: 'linux', colour: true }), '!');
  t.equal(sign('ok', { environment: { TERM: 'dumb' }, platform: 'linux', colour: true }), '✓');
  t.equal(sign('ok', { environment, platform: 'win32', colour: false }), '[ok]', 'the old console, and pipes there');
  t.equal(sign('bad', { environment: { WT_SESSION: 'x' }, platform: 'win32', colour: false }), '✗', 'Windows Terminal');
});

t.test('what is quick is not announced', async (t) => {
  t.equal(await withProgress('Something', Promise.resolve(7)), 7);
  await t.rejects(withProgress('Something', Promise.reject(new Error('x'))), { message: 'x' });
});

t.test(
  'on a terminal the line of progress is taken away again',
  { skip: process.platform === 'win32' ? 'needs script(1)' : false },
  async (t) => {
    const module = join(import.meta.dirname, '../../src/cli/terminal.ts');
    const program = `import { withProgress } from '${module}'; await withProgress('Waiting', new Promise((done) => setTimeout(done, 1300)));`;
    const child = spawn(
      'script',
      [
        '--quiet',
        '--return',
        '--command',
        `'${process.execPath}' --input-type=module-typescript -e "${program}"`,
        '/dev/null',
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    t.equal(await new Promise((resolve) => child.once('close', resolve)), 0);
    t.match(output, /\rWaiting \.\.\. 1 s\r +\r/);
  },
);
