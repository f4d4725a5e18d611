import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { dataFile, derive, withTable } from '../../scripts/mailbox-places.ts';
import { SCHEMAS } from '../support/stack.ts';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
const derived = derive(SCHEMAS);

t.test('the places are those of the schemas, less the exceptions', (t) => {
  t.equal(read('src/callers/mailbox-places.ts'), dataFile(derived), 'if not: node scripts/mailbox-places.ts');
  t.end();
});

t.test('docs/operations.md shows them', (t) => {
  const page = read('docs/operations.md');
  t.equal(page, withTable(page, derived), 'if not: node scripts/mailbox-places.ts');
  t.end();
});

t.test('what was once missing is there', (t) => {
  const elements = new Set([...derived.common, ...derived.ofOperations].map((path) => path.slice(0, 2).join('/')));
  for (const place of [
    'CreateManagedFolder/Mailbox',
    'GetPasswordExpirationDate/MailboxSmtpAddress',
    'GetServiceConfiguration/ActingAs',
    'GetMailTips/SendingAs',
    'WellKnownFolder/Mailbox',
    'GetSharingFolder/SmtpAddress',
    'GetSharingMetadata/SenderSmtpAddress',
    'GetUserPhoto/Email',
    'SetTeamMailbox/EmailAddress',
    'UnpinTeamMailbox/EmailAddress',
  ])
    t.ok(elements.has(place), place);
  t.end();
});
