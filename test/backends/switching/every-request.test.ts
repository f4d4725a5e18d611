import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import t from 'tap';
import { request } from 'undici';
import { runCaptureImport } from '../../../src/cli/demo-import.ts';
import type { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import type { Folder } from '../../../src/simulator/mailbox/types.ts';
import { mailboxOf } from '../../support/differential.ts';
import { ALICE, mail, PASSWORD, startStack, type Stack } from '../../support/stack.ts';

const NUMBERS = [1, 2];

/** An import from a fresh Inbox; Exchange switches EWS off after so many requests. */
async function importWithBlock(
  stack: Stack,
  output: string,
  after: number,
): Promise<{ readonly messages: number; readonly files: readonly string[]; readonly ews: number }> {
  const { exchange } = stack.simulator;
  const mailbox = mailboxOf(stack);
  for (const folder of processedIn(mailbox)) mailbox.deleteFolder(folder.id, 'hard');
  mailbox.emptyFolder('inbox', 'hard');
  for (const number of NUMBERS)
    await mailbox.deliver(
      mail(`Invoice ${number}`, [
        { name: `scan-${number}.pdf`, contentType: 'application/pdf', content: Buffer.from(`page ${number}`) },
      ]),
    );
  exchange.settings.ewsEnabled = after > 0;
  let count = 0;
  exchange.onRequest = () => {
    if (++count === after) exchange.settings.ewsEnabled = false;
  };
  const { url } = stack;
  const result = await runCaptureImport({ url, username: ALICE, password: PASSWORD, output, say: () => undefined });
  return { ...result, ews: count };
}

function processedIn({ folders }: Mailbox): Folder[] {
  const inbox = folders.resolve('inbox').id;
  return folders.children(inbox).filter(({ displayName }) => displayName === 'Processed');
}

t.test('an import goes on whenever Exchange switches EWS off, and nothing is missed or done twice', async (t) => {
  const stack = await startStack(t, { backend: 'auto', logLevel: 'warn' });
  const output = mkdtempSync(join(tmpdir(), 'ews-gateway-switch-'));
  t.teardown(() => rmSync(output, { recursive: true }));
  const mailbox = mailboxOf(stack);
  const whole = await importWithBlock(stack, output, Number.POSITIVE_INFINITY);
  t.ok(whole.ews > 10, `${whole.ews} requests without a block`);
  t.equal(stack.simulator.graph.requests.length, 0, 'Graph is not asked before there is a block');
  for (let after = 0; after < whole.ews; after++)
    await t.test(`after ${after} requests`, async (t) => {
      await request(`${stack.admin}/backends`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ mailbox: ALICE, backend: 'auto' }),
      });
      const { messages, files, ews } = await importWithBlock(stack, output, after);
      t.equal(messages, NUMBERS.length);
      t.same(
        files.map((file) => [basename(file), readFileSync(file, 'utf8')]).toSorted(),
        NUMBERS.map((number) => [`scan-${number}.pdf`, `page ${number}`]),
      );
      t.equal(ews, after + 1, 'one request met the block, none followed it');
      t.same(mailbox.items.list(mailbox.folders.resolve('inbox').id), [], 'the Inbox is empty');
      const processed = processedIn(mailbox);
      t.equal(processed.length, 1, 'one folder was made');
      const moved = mailbox.items.list(processed[0]?.id ?? '');
      t.same(moved.map(({ subject }) => subject).toSorted(), ['Invoice 1', 'Invoice 2']);
      t.ok(
        moved.every(({ isRead }) => isRead),
        'each is marked as read',
      );
    });
  const told = stack.log().filter(({ msg }) => msg === 'Microsoft Graph answers this mailbox from now on');
  t.equal(told.length, whole.ews, 'each switch is told once');
  t.match(told[0], { mailbox: ALICE, reason: /switched off/ });
});
