import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { eventually } from '../../../support/eventually.ts';
import { ALICE, send } from '../../../support/stack.ts';
import { contentOf, startProgram, type Program } from './program.ts';

async function saveBoth(t: Test, program: Program): Promise<void> {
  const [item] = await program.deliver(1, 2);
  if (item === undefined) throw new Error('no message');
  await program.getItem(item);
  for (const place of [0, 1]) t.equal(await program.save(item, place), contentOf(0, place));
}

t.test('a call that is made ahead is a line of the audit log, and its use is counted', async (t) => {
  const program = await startProgram(t, { yaml: 'audit: { file: audit.log }' });
  const { stack } = program;
  await saveBoth(t, program);
  const lines = await eventually(() => {
    const written = readFileSync(join(dirname(stack.configFile), 'audit.log'), 'utf8')
      .split('\n')
      .filter(Boolean);
    const entries = written.map((line) => JSON.parse(line) as Record<string, unknown>);
    return entries.filter(({ operation }) => operation === 'GetAttachment').length === 3 && entries;
  });
  const [ahead, ...others] = lines.filter(({ decision }) => decision === 'prefetch');
  t.same(others, []);
  t.match(ahead, { caller: ALICE, mailbox: ALICE, operation: 'GetAttachment', items: 1, status: 200 });
  t.type(ahead?.['upstreamRequestId'], 'string');
  const [first, second] = lines.filter(
    ({ operation, decision }) => operation === 'GetAttachment' && decision === 'allowed',
  );
  t.equal(ahead?.['requestId'], first?.['requestId'], 'by the request that it was made for');
  t.equal(second?.['upstreamRequestId'], ahead?.['upstreamRequestId'], 'Graph knows the answer by this id');
  const { text } = await send(`${stack.admin}/metrics`, null);
  t.match(text, /ews_gateway_prefetched_total\{registration="contoso",result="used"\} 1\n/);
});

for (const [name, options] of [
  ['where each request must stand in the audit log before', { yaml: 'audit: { file: audit.log, required: true }' }],
  ['where it is turned off', { registration: '    graph: { prefetch: false }' }],
] as const)
  t.test(`nothing is fetched ahead ${name}`, async (t) => {
    const program = await startProgram(t, options);
    await saveBoth(t, program);
    const { text } = await send(`${program.stack.admin}/metrics`, null);
    t.notMatch(text, /ews_gateway_prefetched_total\{/);
    t.equal(program.contentCalls(), 2);
  });
