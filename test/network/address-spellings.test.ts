import t from 'tap';
import { addressRanges, canonicalAddress, isAddress, networkOf } from '../../src/network/addresses.ts';
import { isLoopback } from '../../src/network/hosts.ts';

t.test('each address has one spelling', async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:c000:207', '192.0.2.7'],
    ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
    ['2001:0DB8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['fe80::1%en-0.7', 'fe80::1'],
    ['gateway.contoso.com', 'gateway.contoso.com'],
    ['', ''],
  ];
  for (const [text, canonical] of cases) t.equal(canonicalAddress(text), canonical, text);
});

t.test('numbers that only some programs take for an address are none', async (t) => {
  for (const text of ['127.1', '0x7f.0.0.1', '010.0.0.1', '2130706433', '1.2.3.4.5', '::ffff:010.0.0.1', '::1/128'])
    t.notOk(isAddress(text), text);
  t.ok(isAddress('::'));
});

t.test('networks', async (t) => {
  const source = { ipv4: 32, ipv6: 64 };
  t.equal(networkOf('192.0.2.7', source), '192.0.2.7');
  t.equal(networkOf('192.0.2.7', { ipv4: 24, ipv6: 64 }), '192.0.2.0/24');
  t.equal(networkOf('::ffff:192.0.2.7', { ipv4: 24, ipv6: 64 }), '192.0.2.0/24');
  t.equal(networkOf('192.0.255.7', { ipv4: 20, ipv6: 64 }), '192.0.240.0/20', 'within a byte');
  t.equal(networkOf('2001:DB8:0:7:a:b:c:d', source), '2001:db8:0:7::/64');
  t.equal(networkOf('fe80::a%eth0', source), 'fe80::/64');
  t.equal(networkOf('2001:db8:0:7::/64', source), '2001:db8:0:7::/64', 'what it gives is taken back');
  t.equal(networkOf('alice@contoso.com', source), 'alice@contoso.com');
});

t.test('ranges hold every spelling of their addresses', async (t) => {
  const within = (range: string, address: string): boolean =>
    addressRanges([range], () => t.fail(`${range} is a range`)).includes(address);
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['10.1.0.0/16', '10.1.255.255', true],
    ['10.1.0.0/16', '10.2.0.0', false],
    ['10.1.2.3/16', '10.1.9.9', true],
    ['10.1.0.0/16', '::ffff:10.1.2.3', true],
    ['10.1.0.0/16', '::ffff:a01:203', true],
    ['::ffff:10.1.0.0/112', '10.1.2.3', true],
    ['::ffff:10.1.0.0/112', '10.2.2.3', false],
    ['0.0.0.0/0', '203.0.113.1', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '203.0.113.1', true],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['0.0.0.0/0', 'no address', false],
  ];
  for (const [range, address, expected] of cases)
    t.equal(within(range, address), expected, `${address} in ${range}: ${expected}`);
});

t.test('entries that are no range are named', async (t) => {
  const entries = [
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '::/129',
    'host',
    '10.1/16',
    'fe80::1%eth0',
    '10.0.0.0/-1',
  ];
  const invalid: number[] = [];
  const ranges = addressRanges([...entries, '192.0.2.1'], (index) => invalid.push(index));
  t.same(invalid, [...entries.keys()]);
  t.ok(ranges.includes('192.0.2.1'));
});

t.test('loopback', async (t) => {
  for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'])
    t.ok(isLoopback(host), host);
  for (const host of ['0.0.0.0', '::', '128.0.0.1', '127.0.0.1.contoso.com', '127.1', ''])
    t.notOk(isLoopback(host), host);
});
