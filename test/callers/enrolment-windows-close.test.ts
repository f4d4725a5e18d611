import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Enrolments } from '../../src/callers/enrolments.ts';

t.test('a window closes at its end, also for a gateway that is started in between', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-enrolments-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  let now = Date.parse('2026-11-24T12:00:00Z');
  const open = (): Enrolments => new Enrolments(join(folder, 'state.json'), () => now);
  const enrolments = open();
  enrolments.open('dave@contoso.test', new Date(now + 60_000));
  now += 59_999;
  t.match(open().windows(), [{ name: 'dave@contoso.test' }]);
  now += 1;
  for (const one of [enrolments, open()]) {
    t.same(one.windows(), []);
    t.equal(one.claim('dave@contoso.test'), false);
  }
  enrolments.open('dave@contoso.test', new Date(now + 1));
  t.equal(enrolments.claim('dave@contoso.test'), true);
  t.equal(enrolments.claim('dave@contoso.test'), false, 'once');
});
