import t from 'tap';
import { REAL_CLOCK } from '../../../src/backends/clock.ts';
import { EventStream } from '../../../src/backends/graph/notifications/event-stream.ts';
import type { MailboxEvent, Position } from '../../../src/backends/graph/notifications/mailbox-events.ts';

const event = (id: number): MailboxEvent => ({
  kind: 'newMail',
  id: `${id}`,
  folder: 'inbox',
  changeKey: undefined,
  at: new Date(0),
});
const at = (from: string): Position => ({ kind: 'list', from, seen: [] });

t.test('what waits for a client is bounded', (t) => {
  const stream = new EventStream(new Map([['one', [at('0')]]]), REAL_CLOCK);
  for (let index = 0; index < 1_000; index++) stream.add('one', 0, [event(index)], at(`${index}`));
  t.notOk(stream.isOverrun);
  stream.add('one', 0, [event(1_000)], at('1000'));
  t.ok(stream.isOverrun);
  t.same(stream.take().waiting, [], 'nothing is kept for a client that will be cut');
  stream.add('one', 0, [event(1_001)], at('1001'));
  t.same(stream.take().waiting, []);
  t.end();
});

t.test('events come by subscription, with the positions behind them', (t) => {
  const stream = new EventStream(
    new Map([
      ['one', [at('0'), at('0')]],
      ['two', [at('0')]],
    ]),
    REAL_CLOCK,
  );
  stream.add('one', 1, [event(1)], at('1'));
  stream.add('two', 0, [event(2)], at('2'));
  stream.add('one', 0, [event(3)], at('3'));
  const { waiting, positions } = stream.take();
  t.same(
    waiting.map(({ subscription, events }) => [subscription, events.map(({ id }) => id)]),
    [
      ['one', ['1', '3']],
      ['two', ['2']],
    ],
  );
  t.same(positions.get('one'), [at('3'), at('1')]);
  t.end();
});

t.test('a stream waits for events no longer than until there are some', async (t) => {
  const stream = new EventStream(new Map([['one', [at('0')]]]), REAL_CLOCK);
  const waited = stream.wait(3_600_000);
  stream.add('one', 0, [event(1)], at('1'));
  await waited;
  stream.take();
  const ending = new AbortController();
  const again = stream.wait(3_600_000, ending.signal);
  ending.abort();
  await again;
  t.equal(stream.failed, undefined);
  stream.fail('one');
  await stream.wait(3_600_000);
  t.equal(stream.failed, 'one');
});
