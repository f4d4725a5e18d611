import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import t from 'tap';
import type { SpoolFactory } from '../../src/ews/spool.ts';
import { FileSpool, MAX_SPOOLED } from '../../src/state/spool.ts';

t.test('what was written is read, any number of times, until it is disposed of', async (t) => {
  const files = new FileSpool(t.testdir(), 1_000);
  const spool: SpoolFactory = files;
  const writer = spool.create();
  writer.write(Buffer.from('one '));
  writer.write(Buffer.from('two'));
  const content = writer.finish();
  t.equal(content.size, 7);
  const streams = [content.createReadStream(), content.createReadStream()];
  content.dispose();
  for (const stream of streams) t.equal((await buffer(stream)).toString(), 'one two', 'also where it was open before');
  for (const stream of streams) if (!stream.closed) await once(stream, 'close');
  t.equal(files.used, 0, 'the last reader gives the room back');
  t.throws(() => content.createReadStream(), /disposed/);
});

t.test(
  'the file has no name, and only the own account could open it',
  { skip: process.platform === 'win32' },
  async (t) => {
    const folder = t.testdir();
    const writer = new FileSpool(folder, 1_000).create();
    writer.write(Buffer.from('x'));
    t.same(readdirSync(folder), []);
    const open = readdirSync('/proc/self/fd').map((file) => `/proc/self/fd/${file}`);
    const modes = open.flatMap((path) => {
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat?.isFile() === true && stat.nlink === 0 ? [stat.mode & 0o777] : [];
    });
    t.ok(modes.length > 0, 'it is open');
    t.ok(modes.every((mode) => mode === 0o600));
    writer.dispose();
  },
);

t.test('room is bounded and comes back', async (t) => {
  const spool = new FileSpool(t.testdir(), 10);
  const first = spool.create();
  first.write(Buffer.alloc(8));
  const second = spool.create();
  t.throws(() => second.write(Buffer.alloc(3)), { code: 'SPOOL_FULL', responseCode: 'ErrorServerBusy' });
  const content = first.finish();
  content.dispose();
  content.dispose();
  t.equal(spool.used, 0, 'given back once');
  second.write(Buffer.alloc(10));
  second.dispose();
  t.equal(spool.used, 0);
});

t.test('no content may be larger than Exchange takes', async (t) => {
  const writer = new FileSpool(t.testdir(), Number.MAX_SAFE_INTEGER).create();
  t.throws(() => writer.write(Buffer.alloc(MAX_SPOOLED + 1)), { code: 'REQUEST_TOO_LARGE' });
  writer.dispose();
});
