/** Lines are written whole, each on its own, or dropped and counted, whatever the file does. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { LogFile } from '../../src/telemetry/line-target.ts';
import { LineWriter } from '../../src/telemetry/line-writer.ts';
import type { WriterTrouble } from '../../src/telemetry/log-trouble.ts';
import { eventually } from '../support/eventually.ts';

const skip = process.platform === 'linux' ? false : 'needs /dev/full and named pipes of Linux';

interface Subject {
  readonly writer: LineWriter;
  readonly path: string;
  readonly troubles: WriterTrouble[];
  readonly warnings: string[];
  readonly dropped: () => number;
}

function newFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-lines-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function subject(t: Test, path: string, options: { maxBytes?: number; maxBuffered?: number } = {}): Subject {
  const [troubles, warnings]: [WriterTrouble[], string[]] = [[], []];
  let dropped = 0;
  const { maxBytes = 1e9, maxBuffered = 10_000 } = options;
  const target = new LogFile({ path, maxBytes, keep: 3, onWarning: (text) => warnings.push(text), lookInterval: 50 });
  const writer = new LineWriter(target, { maxBuffered });
  writer.observer = {
    dropped: () => dropped++,
    trouble: (trouble) => troubles.push(trouble),
    writtenAgain: () => undefined,
  };
  t.teardown(() => writer.close(100));
  return { writer, path, troubles, warnings, dropped: () => dropped };
}

function line(number: number): string {
  return `{"number":${number},"text":"${'x'.repeat(80)}"}\n`;
}

function numbersIn(text: string): number[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((each) => (JSON.parse(each) as { readonly number: number }).number);
}

t.test('a full disk: what fits the buffer is kept, the rest counted, and all is written later', { skip }, async (t) => {
  const path = join(newFolder(t), 'a.log');
  symlinkSync('/dev/full', path);
  const { writer, dropped, troubles } = subject(t, path);
  writer.write(line(0));
  t.equal(await writer.flush(2_000), false);
  const taken = [0];
  for (let number = 1; number < 1_000; number++) if (writer.write(line(number))) taken.push(number);
  t.ok(taken.length > 50 && taken.length < 110, `${taken.length} lines in a buffer of 10,000 characters`);
  t.equal(dropped(), 1_000 - taken.length);
  t.match(writer.trouble(), { name: path, reason: 'ENOSPC', dropped: dropped(), over: false });
  t.match(troubles, [{ reason: 'ENOSPC', over: false }], 'told once, not with each line');
  unlinkSync(path);
  t.equal(await writer.flush(2_000), true, 'at once, without waiting for the next try');
  t.same(numbersIn(readFileSync(path, 'utf8')), taken);
  t.equal(writer.trouble(), undefined);
  t.match(writer.trouble(60_000), { reason: 'ENOSPC', dropped: dropped(), over: true });
  t.match(troubles, [{ over: false }, { over: true, dropped: dropped() }]);
  t.equal(writer.write(line(0)), true);
});

t.test('it tries again by itself', { skip }, async (t) => {
  const path = join(newFolder(t), 'a.log');
  symlinkSync('/dev/full', path);
  const { writer, troubles } = subject(t, path);
  writer.write(line(1));
  await eventually(() => troubles.length > 0);
  unlinkSync(path);
  await eventually(() => existsSync(path) && statSync(path).size > 0);
  t.same(numbersIn(readFileSync(path, 'utf8')), [1]);
});

t.test('a line that is cut goes on where it stopped', { skip }, async (t) => {
  const path = join(newFolder(t), 'a.log');
  const { writer, troubles } = subject(t, path);
  limitFileSize(String(line(0).length + 10));
  t.teardown(() => limitFileSize('unlimited'));
  writer.write(line(1));
  writer.write(line(2));
  t.equal(await writer.flush(2_000), false);
  t.match(troubles, [{ reason: 'EFBIG' }]);
  t.equal(statSync(path).size, line(0).length + 10, 'the test cut the second line');
  limitFileSize('unlimited');
  writer.write(line(3));
  t.equal(await writer.flush(2_000), true);
  t.equal(readFileSync(path, 'utf8'), line(1) + line(2) + line(3));
});

t.test('where the file was emptied meanwhile, the line that was cut begins once more', { skip }, async (t) => {
  const path = join(newFolder(t), 'a.log');
  const { writer } = subject(t, path);
  limitFileSize(String(line(0).length + 10));
  t.teardown(() => limitFileSize('unlimited'));
  writer.write(line(1));
  writer.write(line(2));
  t.equal(await writer.flush(2_000), false);
  limitFileSize('unlimited');
  writeFileSync(path, 'something else without an end');
  t.equal(await writer.flush(2_000), true);
  t.equal(readFileSync(path, 'utf8'), `something else without an end\n${line(2)}`);
});

t.test('a part of a line that a crash left stays on its own', async (t) => {
  const path = join(newFolder(t), 'a.log');
  writeFileSync(path, `${line(1)}{"numb`);
  const { writer } = subject(t, path);
  writer.write(line(2));
  t.equal(await writer.flush(2_000), true);
  t.equal(readFileSync(path, 'utf8'), `${line(1)}{"numb\n${line(2)}`);
});

t.test('a removed folder is made once more', { skip }, async (t) => {
  const path = join(newFolder(t), 'logs', 'a.log');
  const { writer } = subject(t, path);
  writer.write(line(1));
  await writer.flush(2_000);
  rmSync(join(path, '..'), { recursive: true });
  let number = 1;
  await eventually(() => existsSync(path) || !writer.write(line(++number)));
  writer.write(line(-1));
  t.equal(await writer.flush(2_000), true);
  t.equal(numbersIn(readFileSync(path, 'utf8')).at(-1), -1);
});

t.test('a pipe: a slow reader gets all, the next reader whole lines', { skip }, async (t) => {
  const path = join(newFolder(t), 'pipe');
  execFileSync('mkfifo', [path]);
  const first = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const { writer, dropped, troubles } = subject(t, path, { maxBuffered: 1e6 });
  // More than a pipe holds.
  const total = 2_000;
  for (let number = 0; number < total; number++) writer.write(line(number));
  t.equal(await writer.flush(100), false, 'the pipe is full, and flush has a deadline');
  let text = '';
  await eventually(() => (text += readPipe(first)).length > 100_000);
  closeSync(first);
  await eventually(() => troubles.some(({ reason }) => reason === 'EPIPE' || reason === 'ENXIO'));
  const second = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  t.teardown(() => closeSync(second));
  let rest = '';
  await eventually(() => (rest += readPipe(second)).endsWith(line(total - 1)));
  // The cut of the change of readers, and the one in what stood in the pipe then.
  const whole = (each: string): boolean => each.startsWith('{') && each.endsWith('}');
  const lines = `${text}\n${rest}`.split('\n').filter(Boolean);
  const parts = lines.filter((each) => !whole(each));
  t.ok(parts.length <= 3, parts.join('|'));
  const seen = numbersIn(lines.filter(whole).join('\n'));
  t.equal(dropped(), 0);
  t.ok(
    seen.every((number, index) => index === 0 || number > Number(seen[index - 1])),
    'in order, none twice',
  );
  t.equal(seen.at(-1), total - 1);
});

t.test('closing ends at its deadline where nobody reads', { skip }, async (t) => {
  const path = join(newFolder(t), 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  t.teardown(() => closeSync(reader));
  const { writer } = subject(t, path, { maxBuffered: 1e6 });
  for (let number = 0; number < 2_000; number++) writer.write(line(number));
  const begun = performance.now();
  t.equal(await writer.close(200), false);
  const took = performance.now() - begun;
  t.ok(took >= 190 && took < 2_000, `${took} ms`);
  t.equal(writer.write(line(1)), false, 'a line after that is not taken');
});

t.test('it is renamed at its size, also after an error, and reopened where it was moved away', async (t) => {
  const folder = newFolder(t);
  const path = join(folder, 'a.log');
  const { writer } = subject(t, path, { maxBytes: 1_000 });
  for (let number = 0; number < 60; number++) {
    writer.write(line(number));
    if (number % 5 === 4) await writer.flush(2_000);
  }
  // The first one may end while the file is still being renamed.
  await writer.flush(2_000);
  t.same(readdirSync(folder).toSorted(), ['a.log', 'a.log.1', 'a.log.2', 'a.log.3']);
  const kept = ['.3', '.2', '.1', ''].flatMap((end) => numbersIn(readFileSync(`${path}${end}`, 'utf8')));
  t.same(
    kept,
    Array.from({ length: kept.length }, (_, index) => 60 - kept.length + index),
    'none lost in between',
  );
  writer.write(line(100));
  renameSync(path, `${path}.moved`);
  writer.reopen();
  writer.write(line(101));
  await writer.flush(2_000);
  t.equal(numbersIn(readFileSync(`${path}.moved`, 'utf8')).at(-1), 100, 'what waited goes into the old one');
  writer.write(line(102));
  await writer.flush(2_000);
  t.same(numbersIn(readFileSync(path, 'utf8')), [101, 102]);
});

t.test('where it cannot be renamed, it grows on, and that is told once for each such size', async (t) => {
  const folder = newFolder(t);
  const path = join(folder, 'a.log');
  writeFileSync(`${path}.2`, '');
  mkdirSync(`${path}.3`);
  const { writer, warnings, dropped } = subject(t, path, { maxBytes: 1_000 });
  for (let number = 0; number < 15; number++) {
    writer.write(line(number));
    await writer.flush(2_000);
  }
  t.same([numbersIn(readFileSync(path, 'utf8')).length, dropped()], [15, 0]);
  t.match(warnings, [/a\.log cannot be renamed at its size \(E\w+\); it grows on/]);
});

t.test('a file that others may open is closed to them, and it is told', async (t) => {
  if (process.platform === 'win32') return;
  const path = join(newFolder(t), 'a.log');
  writeFileSync(path, '');
  chmodSync(path, 0o666);
  const { writer, warnings } = subject(t, path);
  writer.write(line(1));
  await writer.flush(2_000);
  t.equal(statSync(path).mode & 0o777, 0o640);
  t.match(warnings, [/a\.log was open to other accounts \(mode 0666\); its mode is 0640 now/]);
});

function readPipe(file: number): string {
  const buffer = Buffer.alloc(16_384);
  try {
    return buffer.toString('utf8', 0, readSync(file, buffer));
  } catch {
    return '';
  }
}

// Node ignores the signal that comes with it; what runs the tests does not.
process.on('SIGXFSZ', () => undefined);

/** Sets the largest size of a file that this process may write, which fails like a full disk within a line. */
function limitFileSize(bytes: string): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);
}
