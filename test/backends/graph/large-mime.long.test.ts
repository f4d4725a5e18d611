import { Readable } from 'node:stream';
import t, { type Test } from 'tap';
import { request } from 'undici';
import type { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import { startSimulator } from '../../../src/simulator/simulator.ts';
import { codesOf } from '../../support/differential.ts';
import { GET_FOLDER } from '../../support/envelopes.ts';
import { startGatewayProcess, type GatewayProcess } from '../../support/gateway-process.ts';
import { TEST_KEY } from '../../support/key.ts';
import { createLargeItem } from '../../support/large-message.ts';
import { ALICE, basic, BOB, CLIENT, newMailbox, SECRET, TENANT } from '../../support/stack.ts';

const MIB = 1024 * 1024;
const SIZE = 40 * MIB;
const CALLERS = [ALICE, BOB];

async function started(t: Test): Promise<{ mailboxes: Mailbox[]; gateway: GatewayProcess }> {
  const mailboxes = CALLERS.map(newMailbox);
  const simulator = await startSimulator({
    key: TEST_KEY,
    apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }], graphRoles: ['Mail.ReadWrite'] }],
    mailboxes,
  });
  t.teardown(() => simulator.close());
  const gateway = await startGatewayProcess(t, simulator, {
    backend: 'graph',
    alice: '    operations: mail',
  });
  for (let count = 0; count < 20; count++) await post(gateway, [GET_FOLDER]);
  return { mailboxes, gateway };
}

async function post(gateway: GatewayProcess, pieces: Iterable<string>): Promise<string> {
  const headers = { 'authorization': basic(ALICE), 'content-type': 'text/xml; charset=utf-8' };
  const body = Readable.from(pieces, { objectMode: false });
  const answer = await request(gateway.url, { method: 'POST', headers, body });
  return answer.body.text();
}

async function grownBy(gateway: GatewayProcess, work: () => Promise<void>): Promise<number> {
  gateway.resetPeak();
  const before = gateway.peakBytes();
  await work();
  return (gateway.peakBytes() - before) / MIB;
}

t.test('many messages of much MIME at once wait for each other, and the process does not grow with them', async (t) => {
  const { mailboxes, gateway } = await started(t);
  const create = async (name: string): Promise<void> => {
    t.same(codesOf(await post(gateway, createLargeItem(name, SIZE))), ['NoError'], name);
  };
  const one = await grownBy(gateway, () => create('alone'));
  const three = await grownBy(gateway, async () => {
    await Promise.all(['first', 'second', 'third'].map(create));
  });
  t.comment(`one grew the process by ${one.toFixed(0)} MiB, three at once by ${three.toFixed(0)} MiB more`);
  const drafts = mailboxes[0]?.items.list(mailboxes[0].folders.resolve('drafts').id) ?? [];
  t.equal(drafts.length, 4);
  for (const { attachments } of drafts) {
    const [file] = attachments;
    t.ok(file?.kind === 'file' && file.content.length >= SIZE);
  }
  // Some 40 and 60: buffers on their way, which pile up while the machine is busy.
  t.ok(one < (2 * SIZE) / MIB, 'one is never whole in memory, let alone several times');
  t.ok(three < (3 * SIZE) / MIB, 'nor are three');
});
