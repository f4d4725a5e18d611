import t from 'tap';
import { eventually } from '../support/eventually.ts';
import { keptState } from '../support/kept-states.ts';
import { startTlsRedis, WITHOUT_REDIS } from '../support/redis.ts';
import { redisTls } from '../support/redis-tls.ts';

t.test('over TLS, with a certificate of the gateway', { skip: WITHOUT_REDIS }, async (t) => {
  const tls = redisTls(t);
  const { url } = await startTlsRedis(t, tls, '--requirepass', 'PLANTED-redis');

  const known = await keptState(t, url, tls.own, tls.trust);
  await eventually(
    () => known.state.fleet?.isJoined,
    () => known.state.fleet?.status(),
  );
  const anonymous = await keptState(t, url, '', tls.trust);
  t.notOk(anonymous.state.fleet?.isJoined, 'the server asks for a certificate');
  const distrustful = await keptState(t, url, tls.own);
  t.match(distrustful.state.fleet?.status(), { isJoined: false, problem: /certificate/ });
});
