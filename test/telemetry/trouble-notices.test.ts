/** Where one disk holds both logs, what one has to tell of the other is not lost with it. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { LogFile } from '../../src/telemetry/line-target.ts';
import { LineWriter } from '../../src/telemetry/line-writer.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { eventually } from '../support/eventually.ts';
import { ALICE, basic, FAST_HASHING, SECRET, send, startStack } from '../support/stack.ts';

const skip = process.platform === 'linux' ? false : 'needs /dev/full of Linux';

t.test('the audit log is written again while the log is still full', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-notices-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const [audit, path] = [join(folder, 'audit.log'), join(folder, 'gateway.log')];
  for (const each of [audit, path]) symlinkSync('/dev/full', each);
  const { configFile } = await startStack(t, {
    yaml: `audit: { file: ${audit} }`,
    listen: '["http://127.0.0.1:0"]',
    logLevel: 'trace',
  });
  const target = new LogFile({ path, maxBytes: 1e9, keep: 1, onWarning: () => undefined });
  const output = new LineWriter(target, { maxBuffered: 10_000 });
  t.teardown(() => output.close(100));
  const config = loadConfig(configFile, { environment: { SECRET } });
  const log = createLogger({ level: 'warn', format: 'json' }, output);
  const gateway = new Gateway(config, log, { output, hashing: FAST_HASHING });
  t.teardown(() => gateway.close());
  await gateway.start();
  const url = `${gateway.urls[0]}/ews/exchange.asmx`;
  t.equal((await send(url, GET_FOLDER, { authorization: basic(ALICE) })).status, 200);
  await eventually(() => output.trouble()?.reason === 'ENOSPC');
  while (output.write('x\n'));
  unlinkSync(audit);
  await eventually(() => readOrEmpty(audit).endsWith('\n'));
  unlinkSync(path);
  await eventually(
    () => readOrEmpty(path).includes('audit.log is written again after ENOSPC'),
    () => readOrEmpty(path),
  );
  t.equal(await output.flush(2_000), true);
  const told = readOrEmpty(path).match(/audit\.log (?:cannot be written since|is written again)/g);
  t.same(told, ['audit.log cannot be written since', 'audit.log is written again'], 'each once');
});

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
