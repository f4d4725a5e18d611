import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { run } from '../support/command.ts';
import { send } from '../support/stack.ts';

const output = mkdtempSync(join(tmpdir(), 'ews-gateway-demo-test-'));
t.teardown(() => rmSync(output, { recursive: true }));

t.test('once: every step is told, every attachment saved', async (t) => {
  const demo = run(t, ['demo', '--once', '--port', '0', '--output', output]);
  t.equal(await demo.ended, 0);
  t.match(demo.stdout, /client → gateway +list unread mail/);
  t.match(demo.stdout, /gateway → Entra +one token/);
  t.equal(demo.stdout.match(/gateway → Entra/g)?.length, 1, 'one token for all');
  for (const operation of ['FindItem', 'GetItem', 'GetAttachment', 'UpdateItem', 'MoveItem']) {
    t.match(
      demo.stdout,
      new RegExp(`gateway → Exchange +${operation} as invoices@contoso\\.test with bearer token: HTTP 200`),
    );
  }
  t.match(demo.stdout, /4 messages imported, 4 attachments saved/);
  t.match(demo.stdout, new RegExp(`The attachments are in ${output}`));
  const files = readdirSync(output);
  t.equal(files.length, 4);
  const pdf = files.find((name) => name.endsWith('.pdf')) ?? '';
  t.match(readFileSync(join(output, pdf), 'latin1'), /^%PDF-/);
});

t.test('--backend graph: the same import, answered from Graph, whose requests are told', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-demo-graph-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const demo = run(t, ['demo', '--backend', 'graph', '--once', '--port', '0', '--output', folder]);
  t.equal(await demo.ended, 0, demo.stderr);
  t.match(demo.stdout, /^Simulated Microsoft Graph +https:/m);
  t.notMatch(demo.stdout, /→ Exchange|Simulated Exchange/, 'EWS is not asked');
  t.equal(demo.stdout.match(/gateway → Entra/g)?.length, 1, 'one token for all');
  for (const request of [
    'GET /users/\\{user\\}/mailFolders/\\{folder\\}/messages',
    'PATCH /users/\\{user\\}/messages/\\{message\\}',
    'POST /users/\\{user\\}/messages/\\{message\\}/move',
  ])
    t.match(demo.stdout, new RegExp(`gateway → Graph +${request} of invoices@contoso\\.test: HTTP 20\\d$`, 'm'));
  t.match(demo.stdout, /gateway → Graph +POST \/\$batch with \d+ requests: HTTP 200$/m);
  t.match(demo.stdout, /4 messages imported, 4 attachments saved/);
  t.equal(readdirSync(folder).length, 4);
});

t.test('--backend auto: Exchange switches EWS off in the middle, and the import goes on through Graph', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-demo-auto-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const demo = run(t, ['demo', '--backend', 'auto', '--once', '--port', '0', '--output', folder]);
  t.equal(await demo.ended, 0, demo.stderr);
  const [before = '', after = ''] = demo.stdout.split(/^ +Exchange switches EWS off.*$/m);
  t.match(before, /gateway → Exchange +UpdateItem as invoices@contoso\.test .*HTTP 200\n\s*$/);
  t.notMatch(before, /gateway → Graph/);
  t.same(
    after.match(/gateway → Exchange.*/g),
    ['gateway → Exchange   POST /ews/exchange.asmx with bearer token: HTTP 403'],
    'one request meets the block',
  );
  t.match(after, /Microsoft Graph answers this mailbox from now on/);
  t.match(after, /gateway → Graph +POST \/users\/\{user\}\/messages\/\{message\}\/move.*HTTP 201/);
  t.match(after, /4 messages imported, 4 attachments saved/);
  t.equal(readdirSync(folder).length, 4);
});

t.test('a backend that there is not', async (t) => {
  const demo = run(t, ['demo', '--backend', 'imap', '--once']);
  t.equal(await demo.ended, 2);
  t.match(demo.stderr, /--backend is ews, graph or auto/);
});

t.test('without --once it stays up for a real client', async (t) => {
  const demo = run(t, ['demo', '--port', '0', '--output', output]);
  const [, url = ''] = await demo.until(/Server address +(\S+)/);
  const [, user = ''] = await demo.until(/User name +(\S+)/);
  const [, password = ''] = await demo.until(/Password +(\S+)/);
  const [, envelope = ''] = await demo.until(/curl -u .* -d '(.*)' http.*\n[^]*Ctrl\+C/);
  const answer = await send(url, envelope, {
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  });
  t.equal(answer.status, 200);
  t.match(answer.text, /<t:DisplayName>Inbox</);
  demo.kill('SIGINT');
  t.equal(await demo.ended, 0);
});
