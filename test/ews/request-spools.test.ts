import t from 'tap';
import { RequestSpools } from '../../src/ews/request-spools.ts';
import { FileSpool } from '../../src/state/spool.ts';

t.test('all spools of a request end with it, finished or not, and no others', async (t) => {
  const files = new FileSpool(t.testdir(), 1_000);
  const [one, other] = [new RequestSpools(files), new RequestSpools(files)];
  const finished = one.create();
  finished.write(Buffer.from('finished'));
  const content = finished.finish();
  one.create().write(Buffer.from('unfinished'));
  other.create().write(Buffer.from('other'));
  t.equal(files.used, 23);
  one.dispose();
  t.equal(files.used, 5);
  t.throws(() => content.createReadStream(), /disposed/);
  one.dispose();
  other.dispose();
  t.equal(files.used, 0);
});
