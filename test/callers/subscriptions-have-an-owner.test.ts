import t from 'tap';
import { SubscriptionOwners } from '../../src/callers/subscription-owners.ts';
import { EWS_MESSAGES, SOAP_11 } from '../../src/soap/namespaces.ts';

const subscribed = (id: string, padding = ''): Buffer =>
  Buffer.from(
    `<s:Envelope xmlns:s="${SOAP_11}"><s:Body><m:SubscribeResponse xmlns:m="${EWS_MESSAGES}">${padding}<m:SubscriptionId>${id}` +
      '</m:SubscriptionId></m:SubscribeResponse></s:Body></s:Envelope>\r\n',
  );

t.test('it is known before the last byte is passed on, wherever the answer is cut', async (t) => {
  const answer = subscribed('id1');
  const end = answer.length - '\r\n'.length;
  for (let cut = 1; cut < answer.length; cut++) {
    const owners = new SubscriptionOwners();
    const watch = owners.watch('alice');
    watch(answer.subarray(0, cut));
    if (owners.isOwn('id1', 'alice') !== cut >= end) t.fail(`cut at ${cut}`);
    watch(answer.subarray(cut));
    if (!owners.isOwn('id1', 'alice')) t.fail(`cut at ${cut}: unknown at the end`);
    if (owners.isOwn('id1', 'bob')) t.fail(`cut at ${cut}: somebody else's`);
  }
  const owners = new SubscriptionOwners();
  const watch = owners.watch('alice');
  for (const byte of answer) watch(Buffer.of(byte));
  t.ok(owners.isOwn('id1', 'alice'), 'byte by byte');
});

t.test('an answer that is too large, or not read, leaves its subscriptions unknown', async (t) => {
  const owners = new SubscriptionOwners();
  owners.watch('alice')(subscribed('small', 'x'.repeat(250_000)));
  owners.watch('alice')(subscribed('large', 'x'.repeat(270_000)));
  owners.watch('alice')(Buffer.from(subscribed('broken').toString().replace('</s:Body>', '')));
  const twice = owners.watch('alice');
  twice(Buffer.from('</s:Envelope>'));
  twice(subscribed('second'));
  t.same(
    ['small', 'large', 'broken', 'second'].filter((id) => owners.isOwn(id, 'alice')),
    ['small'],
  );
});
