import { createHash } from 'node:crypto';
import t, { type Test } from 'tap';
import { request } from 'undici';
import type { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import { startSimulator } from '../../../src/simulator/simulator.ts';
import { envelope, GET_FOLDER } from '../../support/envelopes.ts';
import { startGatewayProcess, type GatewayProcess } from '../../support/gateway-process.ts';
import { TEST_KEY } from '../../support/key.ts';
import { ALICE, basic, CLIENT, mail, newMailbox, SECRET, TENANT } from '../../support/stack.ts';

const SIZE = 100 * 1024 * 1024;
const ALLOWED = 48 * 1024 * 1024;
const VALUE = 'GET /users/{user}/messages/{message}/attachments/{attachment}/$value';
const MIME = 'GET /users/{user}/messages/{message}/$value';
const HEADERS = { 'authorization': basic(ALICE), 'content-type': 'text/xml; charset=utf-8' };

const getMime = (id: string): string =>
  '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>' +
  `</m:ItemShape><m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:GetItem>`;
const getAttachment = (id: string): string =>
  `<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="${id}"/></m:AttachmentIds></m:GetAttachment>`;

/** Reads an answer without keeping it. @returns the hash of its base64 content */
async function hashOfContent(gateway: GatewayProcess, operation: string, onFirst: () => void): Promise<string> {
  const { body } = await request(gateway.url, { method: 'POST', headers: HEADERS, body: envelope(operation) });
  const hash = createHash('sha256');
  let [head, inside, rest] = ['', false, ''];
  for await (const chunk of body as AsyncIterable<Buffer>) {
    let text = chunk.toString('latin1');
    if (!inside) {
      head += text;
      const start = /<t:(?:Content|MimeContent[^>]*)>/.exec(head);
      if (start === null) continue;
      inside = true;
      text = head.slice(start.index + start[0].length);
    }
    if (text === '') continue;
    onFirst();
    const [base64 = ''] = `${rest}${text}`.split('<', 1);
    const whole = base64.length - (base64.length % 4);
    hash.update(base64.slice(0, whole), 'base64');
    rest = base64.slice(whole) + (text.includes('<') ? '<' : '');
  }
  return hash.digest('hex');
}

async function started(t: Test): Promise<{ mailbox: Mailbox; gateway: GatewayProcess; simulator: Simulator }> {
  const mailbox = newMailbox(ALICE);
  const simulator = await startSimulator({
    key: TEST_KEY,
    apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }], graphRoles: ['Mail.ReadWrite'] }],
    mailboxes: [mailbox],
  });
  t.teardown(() => simulator.close());
  const gateway = await startGatewayProcess(t, simulator, { backend: 'graph' });
  // What the process needs anyway once it has served something.
  for (let count = 0; count < 20; count++)
    await (await request(gateway.url, { method: 'POST', headers: HEADERS, body: GET_FOLDER })).body.dump();
  return { mailbox, gateway, simulator };
}

type Simulator = Awaited<ReturnType<typeof startSimulator>>;

for (const what of ['an attachment', 'MIME'] as const)
  t.test(`100 MB of ${what} grow the process by less than 48 MiB, and stream`, async (t) => {
    const { mailbox, gateway, simulator } = await started(t);
    const content = Buffer.alloc(what === 'MIME' ? Math.ceil(SIZE / 1.37) : SIZE, 'scanned page ');
    const { id, attachments } = await mailbox.deliver(
      mail('Scan', [{ name: 'scan.pdf', contentType: 'application/pdf', content }]),
    );
    const expected = what === 'MIME' ? await mailbox.mimeOf(id) : content;
    t.ok(expected.length >= SIZE * 0.98, `${expected.length} bytes`);
    gateway.resetPeak();
    const before = gateway.peakBytes();
    const first = Promise.withResolvers<void>();
    simulator.graph.script.add({ operation: what === 'MIME' ? MIME : VALUE, hold: first.promise });
    const operation = what === 'MIME' ? getMime(id) : getAttachment(attachments[0]?.id ?? '');
    const hash = await hashOfContent(gateway, operation, first.resolve);
    t.equal(hash, createHash('sha256').update(expected).digest('hex'), 'all of it arrived');
    const grown = gateway.peakBytes() - before;
    t.comment(`grew by ${(grown / 1024 / 1024).toFixed(1)} MiB`);
    t.ok(grown < ALLOWED, `grew by ${Math.round(grown / 1024 / 1024)} MiB`);
  });
