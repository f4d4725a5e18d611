/** With audit.required, nothing reaches Exchange that does not stand in the audit log first. */
import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { GET_FOLDER } from '../support/envelopes.ts';
import { eventually } from '../support/eventually.ts';
import { ALICE, startStack } from '../support/stack.ts';

interface Line {
  readonly requestId: string;
  readonly decision: string;
  readonly operation: string;
  readonly mailbox: string;
}

const linesOf = (file: string): Line[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

t.test('what a request is about to do is on the disk when Exchange gets it', async (t) => {
  const { post, configFile, simulator } = await startStack(t, { yaml: 'audit: { file: audit.log, required: true }' });
  const file = join(dirname(configFile), 'audit.log');
  let atExchange: Line[] = [];
  simulator.exchange.onRequest = () => (atExchange = linesOf(file));
  t.equal((await post(GET_FOLDER)).status, 200);
  t.match(atExchange, [{ decision: 'intent', operation: 'GetFolder', mailbox: ALICE }]);
  const [intent, end] = await eventually(() => {
    const lines = linesOf(file);
    return lines.length === 2 && lines;
  });
  t.match(end, { decision: 'allowed', requestId: intent?.requestId });
});

t.test('without it, no intent is written', async (t) => {
  const { post, configFile } = await startStack(t, { yaml: 'audit: { file: audit.log }' });
  const file = join(dirname(configFile), 'audit.log');
  await post(GET_FOLDER);
  const lines = await eventually(() => {
    const lines = linesOf(file);
    return lines.length > 0 && lines;
  });
  t.same(
    lines.map(({ decision }) => decision),
    ['allowed'],
  );
});

t.test(
  'a full disk: the client is told to come back, and Exchange gets nothing',
  { skip: process.platform === 'linux' ? false : 'needs /dev/full of Linux' },
  async (t) => {
    const { post, configFile, simulator, reload } = await startStack(t, {
      yaml: 'audit: { file: audit.log, required: true }',
    });
    const file = join(dirname(configFile), 'audit.log');
    rmSync(file);
    symlinkSync('/dev/full', file);
    await reload();
    const { status, text } = await post(GET_FOLDER);
    t.equal(status, 500);
    t.match(text, /ErrorServerBusy/);
    t.match(text, /audit log cannot be written/);
    t.equal(simulator.exchange.requests.length, 0);
  },
);
