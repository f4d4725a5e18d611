/** What a mailbox's sign-in is asked to consent to follows from what its callers may do. */
import t from 'tap';
import { delegatedScopes } from '../../src/backends/delegated-scopes.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import type { CallerConfig } from '../../src/config/types.ts';
import { callerOf } from '../support/caller.ts';
import { BOB, startStack } from '../support/stack.ts';

t.test('mailboxes of others are asked for where a caller may open some, by name or by pattern', async (t) => {
  const { configFile } = await startStack(t, { backend: 'graph' });
  const registration = loadConfig(configFile, { environment: { SECRET: 'x' } }).registrations.get('contoso');
  if (registration === undefined) throw new Error('no registration');
  const wanted = (...callers: CallerConfig[]): readonly string[] =>
    delegatedScopes('graph', registration, callers).wanted.map((scope) => scope.replace(/^.*\//, ''));
  const mailboxPatterns = [{ prefix: 'scan-', suffix: '', domain: 'contoso.test' }];
  t.same(wanted(callerOf()), ['Mail.ReadWrite']);
  t.same(wanted(callerOf({ mailboxPatterns: [] })), ['Mail.ReadWrite']);
  t.same(wanted(callerOf(), callerOf({ mayImpersonate: [BOB] })), ['Mail.ReadWrite', 'Mail.ReadWrite.Shared']);
  t.same(wanted(callerOf({ mailboxPatterns })), ['Mail.ReadWrite', 'Mail.ReadWrite.Shared']);
  t.same(wanted(callerOf({ mailboxPatterns, operations: new Set(['SendItem']) })), [
    'Mail.ReadWrite',
    'Mail.Send',
    'Mail.ReadWrite.Shared',
    'Mail.Send.Shared',
  ]);
});
