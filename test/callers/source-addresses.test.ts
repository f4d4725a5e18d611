import t from 'tap';
import { Authenticator } from '../../src/callers/authenticator.ts';
import { Lockout } from '../../src/callers/lockout.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, FAST_HASHING, LOCKOUT, noEnrolments, startStack } from '../support/stack.ts';

t.test('a caller from an address that is not its own looks like a wrong password', async (t) => {
  const { post, log, simulator } = await startStack(t, { alice: '    from: [10.1.0.0/16, "2001:db8::/32"]' });
  t.equal((await post(GET_FOLDER)).status, 401);
  t.match(
    log().find(({ msg }) => msg === 'sign-in refused'),
    { refusal: 'source-address', username: ALICE, source: '127.0.0.1' },
  );
  t.same(simulator.exchange.requests, []);
});

t.test('ranges in both families', async (t) => {
  const { configFile } = await startStack(t, { alice: '    from: [10.1.0.0/16, 192.0.2.7, "2001:db8::/32"]' });
  const { callers } = loadConfig(configFile, { environment: { SECRET: 'x' } });
  const authenticator = new Authenticator({
    callers,
    lockout: new Lockout(LOCKOUT),
    enrolments: noEnrolments(),
    hashing: FAST_HASHING,
  });
  const cases: [string, boolean][] = [
    ['10.1.255.255', true],
    ['10.2.0.0', false],
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['::ffff:10.1.2.3', true],
    ['::ffff:10.2.2.3', false],
    ['2001:db8::1', true],
    ['2001:db9::1', false],
  ];
  for (const [address, allowed] of cases) {
    const result = await authenticator.authenticate(basic(ALICE), { remoteAddress: address });
    t.equal('caller' in result, allowed, `${address}: ${allowed}`);
  }
});
