/** An intent is on the disk when it is said to be, or the request is refused soon. */
import { execFileSync } from 'node:child_process';
import { constants, mkdtempSync, openSync, closeSync, readFileSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { IntentEntry } from '../../src/telemetry/audit-entry.ts';
import { AuditLog } from '../../src/telemetry/audit-log.ts';

const skip = process.platform === 'linux' ? false : 'needs /dev/full and named pipes of Linux';

function intent(requestId: string): IntentEntry {
  return {
    time: new Date().toISOString(),
    requestId,
    source: '192.0.2.7',
    caller: 'alice@contoso.test',
    mailbox: 'alice@contoso.test',
    operation: 'GetItem',
    items: 1,
    decision: 'intent',
  };
}

function newFile(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-intent-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return join(folder, 'audit.log');
}

function open(t: Test, file: string): AuditLog {
  const audit = new AuditLog(
    { file, maxBytes: 1e6, keep: 2, required: true },
    { dropped: () => undefined, trouble: () => undefined, writtenAgain: () => undefined, warning: () => undefined },
  );
  t.teardown(() => audit.close());
  return audit;
}

t.test('it is in the file at once, and many that come together are too', async (t) => {
  const file = newFile(t);
  const audit = open(t, file);
  await audit.intent(intent('first'));
  t.match(JSON.parse(readFileSync(file, 'utf8')), { requestId: 'first', decision: 'intent', operation: 'GetItem' });
  const begun = performance.now();
  await Promise.all(Array.from({ length: 2_000 }, (_, index) => audit.intent(intent(String(index)))));
  const took = performance.now() - begun;
  t.equal(readFileSync(file, 'utf8').split('\n').length, 2_002);
  t.comment(`2,000 intents in ${Math.round(took)} ms`);
});

t.test('a full disk: refused at once, and let through again when there is room', { skip }, async (t) => {
  const file = newFile(t);
  symlinkSync('/dev/full', file);
  const audit = open(t, file);
  const refusal = { code: 'AUDIT_UNAVAILABLE', responseCode: 'ErrorServerBusy', kind: 'internal' };
  await t.rejects(audit.intent(intent('1')), { ...refusal, cause: { message: /ENOSPC/ } });
  const begun = performance.now();
  for (let count = 0; count < 100; count++) await t.rejects(audit.intent(intent('2')), refusal);
  t.ok(performance.now() - begun < 500, 'without a wait for each');
  unlinkSync(file);
  let through = false;
  for (let tries = 0; !through; tries++) {
    through = await audit.intent(intent(`try ${tries}`)).then(
      () => true,
      () => new Promise((resolve) => setTimeout(resolve, 20, false)),
    );
  }
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  t.match(JSON.parse(lines.at(-1) ?? ''), { requestId: /^try/, decision: 'intent' });
});

t.test('a disk that does not answer: refused within its time', { skip }, async (t) => {
  const file = newFile(t);
  execFileSync('mkfifo', [file]);
  const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  t.teardown(() => closeSync(reader));
  const audit = open(t, file);
  // More than a pipe holds.
  const results = await Promise.allSettled(
    Array.from({ length: 1_000 }, (_, index) => audit.intent(intent(`${index}`))),
  );
  t.equal(results.filter(({ status }) => status === 'rejected').length, 1_000, 'none is known to be out');
});

t.test('after closing', async (t) => {
  const audit = open(t, newFile(t));
  await audit.close();
  await t.rejects(audit.intent(intent('1')), { code: 'AUDIT_UNAVAILABLE' });
});
