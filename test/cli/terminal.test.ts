import { setTimeout } from 'node:timers/promises';
import { PassThrough } from 'node:stream';
import t from 'tap';
import { sign, withProgress } from '../../src/cli/terminal.ts';

const terminal = (is: boolean) => ({ stdin: is, stdout: is, stderr: is }) as const;

t.test('signs and colours that the console can show', async (t) => {
  const pipe = { environment: {}, platform: 'linux', isTerminal: terminal(false) } as const;
  const console = { ...pipe, isTerminal: terminal(true) };
  t.equal(sign(pipe, 'ok'), '✓');
  t.equal(sign(console, 'bad'), '\u001b[31m✗\u001b[0m');
  t.equal(sign({ ...console, environment: { NO_COLOR: '1' } }, 'warn'), '!');
  t.equal(sign({ ...console, environment: { TERM: 'dumb' } }, 'ok'), '✓');
  t.equal(sign({ ...pipe, platform: 'win32' }, 'ok'), '[ok]', 'the old console, and pipes there');
  t.equal(sign({ ...pipe, platform: 'win32', environment: { WT_SESSION: 'x' } }, 'bad'), '✗', 'Windows Terminal');
});

t.test('what is quick is not announced', async (t) => {
  const stderr = new PassThrough();
  const io = { stderr, isTerminal: terminal(false), intervals: { progress: 1 } };
  t.equal(await withProgress(io, 'Something', Promise.resolve(7)), 7);
  await t.rejects(withProgress(io, 'Something', Promise.reject(new Error('x'))), { message: 'x' });
  await setTimeout(20);
  t.equal(stderr.read(), null, 'also not once it is over');
});

t.test('in a pipe it is announced once', async (t) => {
  const stderr = new PassThrough();
  await withProgress({ stderr, isTerminal: terminal(false), intervals: { progress: 1 } }, 'Waiting', setTimeout(30));
  t.equal(String(stderr.read()), 'Waiting ...\n');
});

t.test('on a terminal the line of progress is taken away again', async (t) => {
  const stderr = new PassThrough();
  await withProgress({ stderr, isTerminal: terminal(true), intervals: { progress: 1 } }, 'Waiting', setTimeout(30));
  t.match(String(stderr.read()), /^(?:\rWaiting \.\.\. 0 s)+\r {19}\r$/);
});
