/** Refused sign-ins are told at once, then with their number, within a bound. */
import t from 'tap';
import type { AuditEntry } from '../../src/telemetry/audit-entry.ts';
import { RefusedSignIns, type RefusedEntry } from '../../src/telemetry/refused-sign-ins.ts';

function entry(changes: Partial<AuditEntry> = {}): AuditEntry {
  return {
    time: '2026-11-24T12:00:00.000Z',
    requestId: '1',
    source: '192.0.2.7',
    caller: 'alice@contoso.test',
    mailbox: undefined,
    operation: undefined,
    items: undefined,
    decision: 'refused',
    reason: 'wrong-password',
    removedHeaders: undefined,
    status: 401,
    requestBytes: 0,
    responseBytes: 0,
    milliseconds: 1,
    upstreamRequestId: undefined,
    ...changes,
  };
}

function subject(): { readonly refused: RefusedSignIns<AuditEntry>; readonly written: (AuditEntry | RefusedEntry)[] } {
  const written: (AuditEntry | RefusedEntry)[] = [];
  const refused = new RefusedSignIns<AuditEntry>((each) => written.push(each));
  t.teardown(() => refused.close());
  return { refused, written };
}

t.test('the first at once, further ones together, and again at once after a quiet minute', async (t) => {
  const { refused, written } = subject();
  refused.enter(entry());
  t.same(written, [entry()]);
  for (let count = 0; count < 1_000; count++) refused.enter(entry({ requestId: String(count), source: '192.0.2.8' }));
  t.equal(written.length, 1);
  refused.tell();
  t.match(written[1], { requestId: '999', network: '192.0.2.0/24', caller: 'alice@contoso.test', count: 1_000 });
  refused.tell();
  t.equal(written.length, 2, 'nothing came meanwhile');
  refused.enter(entry());
  t.equal(written.length, 3);
});

t.test('another name, reason or network is another line', async (t) => {
  const { refused, written } = subject();
  for (const changes of [
    {},
    { caller: 'bob@contoso.test' },
    { reason: 'locked' },
    { source: '192.0.3.7' },
    { source: '2001:db8::1' },
    { source: '2001:db8:0:1::1' },
  ])
    refused.enter(entry(changes));
  t.equal(written.length, 6);
  for (const source of ['2001:DB8:0:0::2', '2001:db8::ffff:1', '::ffff:192.0.3.9']) refused.enter(entry({ source }));
  t.equal(written.length, 6, 'the same networks');
  refused.tell();
  t.match(written.slice(6), [
    { network: '192.0.3.0/24', count: 1 },
    { network: '2001:db8::/64', count: 2 },
  ]);
});

t.test('made-up names cost a bounded number of lines, and every one is counted', async (t) => {
  const { refused, written } = subject();
  for (let count = 0; count < 20_000; count++) refused.enter(entry({ caller: `name-${count}` }));
  t.equal(written.length, 500);
  refused.tell();
  t.match(written.slice(500), [{ network: '*', caller: undefined, reason: undefined, count: 19_500 }]);
});

t.test('what was counted is written at the end', async (t) => {
  const { refused, written } = subject();
  refused.enter(entry());
  refused.enter(entry());
  refused.close();
  t.match(written[1], { count: 1 });
});
