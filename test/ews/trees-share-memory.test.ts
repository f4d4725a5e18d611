/** What requests hold while they are read is bounded for all of them together, and for each owner. */
import t from 'tap';
import { TreeBudget } from '../../src/ews/tree-budget.ts';
import { LONG_ONLY } from '../support/effort.ts';
import { envelope, GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, BOB, send, startStack } from '../support/stack.ts';
import { RawConnection } from '../support/upstream.ts';

const MIB = 1024 * 1024;

t.test('one owner has half of it, all have the whole, and small trees never wait', async (t) => {
  const budget = new TreeBudget(8 * MIB);
  const own = [budget.share('a'), budget.share('a')];
  for (const share of own) share.add(2 * MIB);
  t.throws(() => own[0]?.add(MIB), { code: 'SPOOL_FULL', responseCode: 'ErrorServerBusy' });
  const others = budget.share('b');
  others.add(4 * MIB);
  t.throws(() => budget.share('c').add(2 * MIB), { code: 'SPOOL_FULL' });
  budget.share('c').add(200_000);
  own[0]?.end();
  budget.share('c').add(MIB);
});

t.test('all of it is given back', async (t) => {
  const budget = new TreeBudget(8 * MIB);
  for (let count = 0; count < 100; count++) {
    const share = budget.share('a');
    for (let pieces = 0; pieces < 10; pieces++) share.add(MIB / 4);
    share.end();
    share.end();
  }
  t.equal(budget.used, 0);
});

t.test(
  'a caller that sends many large requests fills nothing, and others are served',
  { skip: LONG_ONLY },
  async (t) => {
    const { url, origin } = await startStack(t, { backend: 'graph' });
    const [before = ''] = envelope('<m:GetItem>|').split('|');
    const body = before + '<m:a/>'.repeat(190_000);
    const start =
      `POST /ews/exchange.asmx HTTP/1.1\r\nHost: gateway\r\nAuthorization: ${basic(ALICE)}\r\n` +
      `Content-Type: text/xml\r\nContent-Length: ${body.length + 1_000}\r\n\r\n`;
    const connections: RawConnection[] = [];
    // Each holds 114 MB for as long as its end does not come.
    for (let count = 0; count < 4; count++) {
      const connection = await RawConnection.open(t, origin);
      connection.write(start + body);
      connections.push(connection);
    }
    const refused = await Promise.any(connections.map((each) => each.until(/ErrorServerBusy[^]*Envelope>/)));
    t.match(refused, 'as much memory as there is');
    t.equal((await send(url, GET_FOLDER, { authorization: basic(BOB) })).status, 200);
    t.equal(
      (await send(url, GET_FOLDER, { authorization: basic(ALICE) })).status,
      200,
      'small ones of the same caller too',
    );
  },
);
