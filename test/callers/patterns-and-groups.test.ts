import t from 'tap';
import { CallerMailboxes } from '../../src/callers/access.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { envelope, getFolder, impersonation } from '../support/envelopes.ts';
import { readFault } from '../support/managed-api.ts';
import { newMailbox, startStack } from '../support/stack.ts';

const SCANS = ['scan-1@contoso.test', 'Hall.Scanner@contoso.test', 'any@branch.test', 'ap@contoso.test'];
const yaml = 'groups:\n  scanners: [ap@contoso.test, "*.scanner@contoso.test", "*@branch.test"]';
// The comment names what the patterns stand for.
const alice = `    mayImpersonate: ["scan-*@contoso.test", "@group:scanners"]
    # ${SCANS.map((address) => address.toLowerCase()).join(' ')}`;

t.test('patterns and groups of them open what they stand for, and nothing else', async (t) => {
  const { post, simulator } = await startStack(t, {
    alice,
    yaml,
    prepare: ({ exchange }) => exchange.mailboxes.push(...SCANS.map((address) => newMailbox(address.toLowerCase()))),
  });
  for (const address of SCANS) {
    t.equal((await post(envelope(getFolder(), impersonation(address.toUpperCase())))).status, 200, address);
    t.equal(simulator.exchange.requests.at(-1)?.mailbox, address.toLowerCase());
  }
  for (const address of [
    'scan1@contoso.test',
    'xscan-1@contoso.test',
    'scan-1@sub.contoso.test',
    'scan-1@contoso.test.evil.test',
    'scan-1@evil.test@contoso.test',
    'scan-"x"@contoso.test',
    'scan-x x@contoso.test',
    'scan-\u212aelvin@contoso.test',
    'hall.scanner@branch.contoso.test',
    '@branch.test',
    `scan-${'x'.repeat(400)}@contoso.test`,
  ]) {
    const header = impersonation(address.replaceAll('"', '&quot;'));
    readFault(t, await post(envelope(getFolder(), header)), 'ErrorImpersonateUserDenied');
  }
  t.equal(simulator.exchange.requests.length, SCANS.length);
});

t.test('only what is named is listed', async (t) => {
  const { configFile } = await startStack(t, { alice, yaml });
  const [caller] = loadConfig(configFile, { environment: { SECRET: 'x' } }).callers;
  if (caller === undefined) throw new Error('no caller');
  const mailboxes = new CallerMailboxes(caller);
  t.same(mailboxes.listed, ['alice@contoso.test', 'ap@contoso.test']);
  t.equal(mailboxes.mayOpen('SCAN-2@contoso.test'), 'scan-2@contoso.test');
  t.equal(mailboxes.mayOpen('bob@contoso.test'), undefined);
  t.equal(mailboxes.mayOpen('scan-@contoso.test'), 'scan-@contoso.test', 'the * may stand for nothing');
  const longest = `scan-${'x'.repeat(320 - 'scan-@contoso.test'.length)}@contoso.test`;
  t.equal(mailboxes.mayOpen(longest), longest, 'as long as an address may be');
  t.equal(mailboxes.mayOpen(longest.replace('x', 'xx')), undefined);
});

t.test('every mailbox takes a key of its own, and a warning', async (t) => {
  const { writeConfig, configFile } = await startStack(t);
  writeConfig({ alice: '    allMailboxes: true' });
  const config = loadConfig(configFile, { environment: { SECRET: 'x' } });
  t.match(config.warnings.join('\n'), /alice@contoso\.test may open every mailbox \(allMailboxes\)/);
  const [caller] = config.callers;
  if (caller === undefined) throw new Error('no caller');
  t.equal(new CallerMailboxes(caller).mayOpen('Who@ever.test'), 'who@ever.test');
  writeConfig({ alice: '    allMailboxes: false' });
  const [none] = loadConfig(configFile, { environment: { SECRET: 'x' } }).callers;
  t.equal(none?.mailboxPatterns, undefined);
});

t.test('mistakes are placed', async (t) => {
  const { writeConfig, reload } = await startStack(t);
  for (const [setting, more, message] of [
    ['"*@*"', '', /mayImpersonate\[0\]: would be every mailbox; .*allMailboxes: true/],
    ['"a*b@x.test"', '', /mayImpersonate\[0\]: one \* stands at the beginning or at the end/],
    ['"*a*@x.test"', '', /one \* stands/],
    ['"a@*.x.test"', '', /the \* stands for no part of a domain/],
    ['"@group:scaners"', 'groups: { scanners: [a@x.test] }', /no group "scaners"; did you mean "scanners"\?/],
    ['"@group:other"', 'groups: { scanners: [a@x.test] }', /no group "other"; known: scanners/],
    ['"@group:scanners"', '', /there is no group "scanners": the configuration has no groups/],
    ['"@contoso.test"', '', /mayImpersonate\[0\]: does not look right/],
    ['a@x.test', 'groups: { b: ["@group:b"] }', /groups\.b\[0\]: a group holds addresses and patterns/],
    ['a@x.test', 'groups: { b: ["*@*"] }', /groups\.b\[0\]: would be every mailbox/],
    ['a@x.test', 'groups: { "b c": [a@x.test] }', /groups\.b c: a name has letters/],
  ] as const) {
    writeConfig({ alice: `    mayImpersonate: [${setting}]`, yaml: more });
    await t.rejects(reload(), { message }, `${setting} ${more}`);
  }
  writeConfig({ callers: '  - { username: "@a.test", allMailboxes: true }' });
  await t.rejects(reload(), { message: /allMailboxes: a whole domain has no allMailboxes/ });
});
