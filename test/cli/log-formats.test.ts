import { Writable } from 'node:stream';
import t, { type Test } from 'tap';
import { createLogger } from '../../src/telemetry/logger.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, FAST_HASHING, SECRET, send, startStack } from '../support/stack.ts';

/** Lines of a gateway with a log format, of one request that goes well and one that does not. */
async function linesOf(t: Test, format: 'readable' | 'journal' | 'json'): Promise<string[]> {
  const { configFile } = await startStack(t, { logLevel: 'info' });
  const lines: string[] = [];
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => (lines.push(...chunk.toString().split('\n').filter(Boolean)), done()),
  });
  const gateway = new Gateway(
    loadConfig(configFile, { environment: { SECRET } }),
    createLogger({ level: 'info', format }, sink),
    { hashing: FAST_HASHING },
  );
  t.teardown(() => gateway.close());
  await gateway.start();
  for (const body of [GET_FOLDER, 'rubbish'])
    await send(`${gateway.urls[0]}/ews/exchange.asmx`, body, { authorization: basic(ALICE) });
  return lines;
}

t.test("the journal gets systemd's priorities, one line an event, without the time", async (t) => {
  const lines = await linesOf(t, 'journal');
  t.ok(lines.every((line) => /^<[2-7]>/.test(line)));
  t.match(
    lines.find((line) => line.startsWith('<6>request answered')),
    /^<6>request answered \{"requestId":.*"caller":"alice@contoso\.test"/,
  );
  t.match(
    lines.find((line) => line.startsWith('<4>')),
    /^<4>request refused or failed \{.*"outcome":"ENVELOPE_MALFORMED"/,
  );
  t.notOk(lines.some((line) => line.includes('"time"')));
});

t.test('readable lines in a file have the date, and no colour', async (t) => {
  const lines = await linesOf(t, 'readable');
  t.match(
    lines.find((line) => line.includes('request answered')),
    /^\[\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{3}\] INFO <alice@contoso\.test>: request answered \{/,
  );
  t.notOk(lines.join('').includes('\u001b'));
});

t.test('state is kept where systemd has a place for it', async (t) => {
  const { configFile } = await startStack(t);
  t.equal(
    loadConfig(configFile, { environment: { SECRET, STATE_DIRECTORY: '/var/lib/ews-gateway' } }).stateFile,
    '/var/lib/ews-gateway/gateway-state.json',
  );
  t.match(loadConfig(configFile, { environment: { SECRET, JOURNAL_STREAM: '8:1' } }).log, {
    format: 'auto',
    underJournal: true,
  });
});
