/** Whose rights count for a mailbox, such as in what its sign-in is asked for. */
import t from 'tap';
import { callersOf, callersOpening } from '../../src/callers/mailboxes.ts';
import { callerOf } from '../support/caller.ts';
import { ALICE, BOB } from '../support/stack.ts';

const alice = callerOf({ mayImpersonate: ['scans@contoso.test'] });
const bob = callerOf({ username: BOB, mailbox: BOB, registration: 'other' });
const scanner = callerOf({
  username: 'scanner@contoso.test',
  mailbox: 'scanner@contoso.test',
  mailboxPatterns: [{ prefix: 'scan', suffix: '', domain: 'contoso.test' }],
});
const domain = callerOf({ username: '@Fabrikam.test', mailbox: '', domainPasswords: new Map() });
const callers = [alice, bob, scanner, domain];

t.test('a mailbox is opened by its own caller and by those that may impersonate it', async (t) => {
  for (const [mailbox, opening] of [
    [ALICE.toUpperCase(), [alice]],
    [BOB, [bob]],
    ['Scans@contoso.test', [alice, scanner]],
    ['scan-2@contoso.test', [scanner]],
    ['scan-2@contoso.example', []],
    ['one@fabrikam.TEST', [domain]],
    ['one@sub.fabrikam.test', []],
  ] as const)
    t.same(
      callersOpening(callers, mailbox).map(({ username }) => username),
      opening.map(({ username }) => username),
      mailbox,
    );
});

t.test('callers belong to one registration', async (t) => {
  t.same(callersOf({ callers }, { name: 'other' }), [bob]);
});
