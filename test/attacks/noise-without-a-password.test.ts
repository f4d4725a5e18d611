/** Whoever has no password can neither fill the log nor push out what the audit log says of callers. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { GET_FOLDER } from '../support/envelopes.ts';
import { eventually } from '../support/eventually.ts';
import { basic, send, startStack, type Stack } from '../support/stack.ts';

const REQUESTS = 200;

/** Lines about sign-ins. */
function lines({ log }: Stack): readonly Record<string, unknown>[] {
  return log().filter(({ refusal }) => refusal !== undefined);
}

t.test('credentials that are none', async (t) => {
  const stack = await startStack(t);
  for (let count = 0; count < REQUESTS; count++)
    await send(stack.url, null, { authorization: `Basic ${'!'.repeat(count)}` });
  t.match(
    lines(stack),
    [{ msg: 'sign-in refused', refusal: 'no-credentials', source: '127.0.0.1' }],
    'one line at once',
  );
  await stack.gateway.close();
  t.match(lines(stack)[1], { refusal: 'no-credentials', network: '127.0.0.0/24', count: REQUESTS - 1 }, 'all counted');
});

t.test('made-up names', async (t) => {
  const stack = await startStack(t, { yaml: 'lockout: { namesPerAddress: 10000 }' });
  for (let count = 0; count < 10; count++)
    await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        send(stack.url, null, { authorization: basic(`name-${count * 30 + index}`, 'x') }),
      ),
    );
  await stack.gateway.close();
  t.equal(stack.log().filter(({ msg }) => msg === 'sign-in refused').length, 100);
  t.match(
    stack.log().find(({ network }) => network === '*'),
    { count: 200 },
    'all others in one',
  );
});

t.test('more than can be verified', async (t) => {
  const stack = await startStack(t, {
    yaml: 'audit: { file: audit.log }\nlockout: { namesPerAddress: 10000 }',
  });
  const statuses: number[] = [];
  while (statuses.filter((status) => status === 500).length < 2) {
    const answers = Array.from({ length: 300 }, (_, index) =>
      send(stack.url, null, { authorization: basic(`name-${statuses.length + index}`, 'x') }),
    );
    for (const { status } of await Promise.all(answers)) statuses.push(status);
  }
  await stack.post(GET_FOLDER);
  const read = (name: string): string => readFileSync(join(dirname(stack.configFile), name), 'utf8');
  const audit = await eventually(() => read('audit.log').includes('GetFolder') && read('audit.log'));
  t.notMatch(audit, 'VERIFICATION_OVERLOADED');
  await stack.gateway.close();
  t.match(read('audit-refused.log'), '"reason":"VERIFICATION_OVERLOADED"');
  t.equal(stack.log().filter(({ outcome }) => outcome === 'VERIFICATION_OVERLOADED').length, 0, 'no line for each');
});
