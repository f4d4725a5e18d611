import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import t from 'tap';
import { runCaptureImport } from '../../../src/cli/demo-import.ts';
import { ALICE, mail, PASSWORD, startStack } from '../../support/stack.ts';

t.test('a capture import runs through Graph: list, save attachments, mark read, move', async (t) => {
  const { url, simulator } = await startStack(t, { backend: 'graph' });
  const [alice] = simulator.exchange.mailboxes;
  if (alice === undefined) throw new Error('no mailbox');
  const scan = Buffer.from('scanned page');
  for (const number of [1, 2, 3])
    await alice.deliver(
      mail(`Invoice ${number}`, [{ name: `scan-${number}.pdf`, contentType: 'application/pdf', content: scan }]),
    );
  const output = mkdtempSync(join(tmpdir(), 'ews-gateway-import-'));
  t.teardown(() => rmSync(output, { recursive: true }));
  const result = await runCaptureImport({ url, username: ALICE, password: PASSWORD, output, say: () => undefined });
  t.equal(result.messages, 3);
  t.same(result.files.map((file) => basename(file)).toSorted(), ['scan-1.pdf', 'scan-2.pdf', 'scan-3.pdf']);
  for (const file of result.files) t.same(readFileSync(file), scan);
  t.equal(simulator.exchange.requests.length, 0, 'Exchange Web Services is not asked');
  t.ok(simulator.graph.requests.length > 0);
});
