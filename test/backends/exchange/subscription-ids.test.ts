import t from 'tap';
import { watchSubscriptionIds } from '../../../src/backends/exchange/subscription-ids.ts';
import { EWS_MESSAGES, SOAP_11 } from '../../../src/soap/namespaces.ts';

const subscribed = (id: string, padding = ''): Buffer =>
  Buffer.from(
    `<s:Envelope xmlns:s="${SOAP_11}"><s:Body>` +
      `<m:SubscribeResponse xmlns:m="${EWS_MESSAGES}">${padding}<m:SubscriptionId>${id}` +
      '</m:SubscriptionId></m:SubscribeResponse></s:Body></s:Envelope>\r\n',
  );

t.test('it is known before the last byte is passed on, wherever the answer is cut', async (t) => {
  const answer = subscribed('id1');
  const end = answer.length - '\r\n'.length;
  for (let cut = 1; cut < answer.length; cut++) {
    const ids: string[] = [];
    const watch = watchSubscriptionIds((id) => ids.push(id));
    watch(answer.subarray(0, cut));
    if (ids.includes('id1') !== cut >= end) t.fail(`cut at ${cut}`);
    watch(answer.subarray(cut));
    if (ids.join() !== 'id1') t.fail(`cut at ${cut}: ${ids.join()} at the end`);
  }
  const ids: string[] = [];
  const watch = watchSubscriptionIds((id) => ids.push(id));
  for (const byte of answer) watch(Buffer.of(byte));
  t.same(ids, ['id1'], 'byte by byte');
});

t.test('an answer that is too large, or not read, leaves its subscriptions unknown', async (t) => {
  const ids: string[] = [];
  const watch = (): ((piece: Buffer) => void) => watchSubscriptionIds((id) => ids.push(id));
  watch()(subscribed('small', 'x'.repeat(250_000)));
  watch()(subscribed('large', 'x'.repeat(270_000)));
  watch()(Buffer.from(subscribed('broken').toString().replace('</s:Body>', '')));
  const twice = watch();
  twice(Buffer.from('</s:Envelope>'));
  twice(subscribed('second'));
  t.same(ids, ['small']);
});
