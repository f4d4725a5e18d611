import t from 'tap';
import { boundsOf } from '../../src/http/connection-bounds.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { SECRET, startStack } from '../support/stack.ts';
import { RawConnection } from '../support/upstream.ts';

t.test('the default leaves what the connections to Exchange need, and clients at least a quarter', async (t) => {
  const { configFile } = await startStack(t, { limits: 'upstreamConnections: 100' });
  const config = loadConfig(configFile, { environment: { SECRET } });
  t.equal(boundsOf(config, 10_000).total, 10_000 - 200 - 64);
  t.equal(boundsOf(config, 300).total, 75);
  t.equal(boundsOf({ ...config, limits: { ...config.limits, connections: 20 } }, 10_000).total, 20);
});

t.test('one bound for all, over all listeners; the administrators have their own', async (t) => {
  const stack = await startStack(t, {
    limits: 'connections: 16, shutdownSeconds: 1',
    listen: '["http://127.0.0.1:0", "http://127.0.0.2:0"]',
  });
  const [one = '', two = ''] = stack.gateway.urls;
  const held = [];
  for (let count = 0; count < 16; count++) held.push(await RawConnection.open(t, count % 2 === 0 ? one : two));
  for (const origin of [one, two, one]) t.equal(await (await RawConnection.open(t, origin)).closed(), '');
  const metrics = await (await fetch(`${stack.admin}/metrics`)).text();
  t.match(metrics, 'ews_gateway_connection_troubles_total{kind="connections"} 3');
  t.equal(stack.log().filter(({ trouble }) => trouble === 'connections').length, 1, 'logged once a minute');
  for (const connection of held) connection.destroy();
  await Promise.all(held.map((connection) => connection.closed()));
  let status: number | undefined;
  while (status === undefined) status = (await stack.post(GET_FOLDER).catch(() => undefined))?.status;
  t.equal(status, 200);
});
