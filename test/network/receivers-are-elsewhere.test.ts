import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { lookup } from 'node:dns';
import t from 'tap';
import { request } from 'undici';
import { isRoutable } from '../../src/network/addresses.ts';
import { receiverConnections } from '../../src/network/receiver-connections.ts';

const OUTBOUND = { caCertificates: [], proxy: undefined };

/** Resolves every name to these. */
function resolvingTo(...addresses: readonly string[]): typeof lookup {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return ((_name: string, _options: object, done: (error: null, found: readonly object[]) => void) =>
    done(null, found)) as unknown as typeof lookup;
}

t.test('a name is not connected to where it resolves to this machine or its link', async (t) => {
  const server = createServer((_request, response) => response.end('reached'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const reach = async (host: string, lookup?: typeof import('node:dns').lookup): Promise<string> => {
    const dispatcher = receiverConnections(OUTBOUND, lookup);
    try {
      return await (await request(`http://${host}:${port}/`, { dispatcher })).body.text();
    } finally {
      await dispatcher.destroy();
    }
  };
  for (const address of ['127.0.0.1', '169.254.169.254', '0.0.0.0', '::1', 'fe80::1', '::ffff:127.0.0.1'])
    await t.rejects(reach('listener.contoso.test', resolvingTo(address)), /is not connected to/, address);
  await t.rejects(reach('listener.contoso.test', resolvingTo('198.51.100.1', '127.0.0.1')), /is not connected to/);
  await t.rejects(reach('listener.contoso.test', resolvingTo()), /resolves to nothing/);
  t.equal(await reach('127.0.0.1'), 'reached', 'what the configuration names as such is meant');
  t.equal(await reach('localhost', resolvingTo('127.0.0.1')), 'reached');
});

t.test('addresses of other machines are told from those of this one', (t) => {
  for (const address of ['8.8.8.8', '10.1.2.3', '192.168.1.1', '100.64.0.1', '2001:4860::8888', 'fd00::1'])
    t.ok(isRoutable(address), address);
  for (const address of [
    '127.0.0.1',
    '127.8.8.8',
    '0.0.0.0',
    '169.254.1.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'listener.contoso.test',
    '',
  ])
    t.notOk(isRoutable(address), address);
  t.end();
});
