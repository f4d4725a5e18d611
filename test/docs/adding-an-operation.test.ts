/** Follows docs/adding-an-operation.md in a copy of the source from which its operation was taken out. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import { LONG_ONLY } from '../support/effort.ts';
import { envelope } from '../support/envelopes.ts';
import type * as stacks from '../support/stack.ts';

const ROOT = join(import.meta.dirname, '../..');
const GUIDE = readFileSync(join(ROOT, 'docs/adding-an-operation.md'), 'utf8');
/** Any item; what counts is whether anyone answers. */
const REQUEST = envelope(
  '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds>' +
    '<t:AlternateId Format="EwsId" Id="AAAA" Mailbox="alice@contoso.test"/></m:SourceIds></m:ConvertId>',
);

interface Step {
  readonly path: string;
  /** Lines to add; undefined for a file of its own. */
  readonly lines?: readonly string[];
}

const STEPS: readonly Step[] = GUIDE.split(/^## /m)
  .slice(1)
  .flatMap((section) => [
    ...[...section.matchAll(/^New file: `([^`]+)`$/gm)].map(([, path = '']) => ({ path })),
    ...[...section.matchAll(/^In `([^`]+)`:\n\n```ts\n([^`]+)\n```$/gm)].map(([, path = '', code = '']) => ({
      path,
      lines: code.split('\n'),
    })),
  ]);

/** A copy of the source in which only the first so many steps are done. */
function copyWith(t: Test, done: number): string {
  // Always the same, so that Node.js finds what it has compiled before.
  const folder = t.testdir();
  for (const part of ['src', 'package.json', 'test/support', 'test/fixtures/schemas']) {
    mkdirSync(dirname(join(folder, part)), { recursive: true });
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  }
  for (const { path, lines } of STEPS.slice(done)) {
    const file = join(folder, path);
    if (lines === undefined) rmSync(file);
    else
      writeFileSync(
        file,
        readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => !lines.includes(line))
          .join('\n'),
      );
  }
  return folder;
}

async function answers(t: Test, folder: string): Promise<{ readonly ews: string; readonly graph: string }> {
  const address = pathToFileURL(join(folder, 'test/support/stack.ts')).href;
  const { startStack } = (await import(address)) as typeof stacks;
  const ask = async (options: stacks.StackOptions): Promise<string> => {
    const { post } = await startStack(t, options);
    return (await post(REQUEST)).text;
  };
  return { ews: await ask({}), graph: await ask({ backend: 'graph' }) };
}

t.test('its lines and files are those of the source', async (t) => {
  t.equal(STEPS.length, 5);
  for (const { path, lines } of STEPS) {
    const source = readFileSync(join(ROOT, path), 'utf8').split('\n');
    for (const line of lines ?? []) t.ok(source.includes(line), `${path}: ${line}`);
  }
});

t.test('before the first step it is refused', { skip: LONG_ONLY }, async (t) => {
  const { ews, graph } = await answers(t, copyWith(t, 0));
  t.match(ews, /ErrorAccessDenied/);
  t.match(graph, /ErrorAccessDenied/);
});

t.test('named only, it reaches the backend, and Graph says that it serves it not', { skip: LONG_ONLY }, async (t) => {
  const { ews, graph } = await answers(t, copyWith(t, 1));
  t.notMatch(ews, /ErrorAccessDenied/);
  t.notMatch(ews, /ConvertIdResponse/);
  t.match(graph, /ConvertId/);
  t.match(graph, /<s:Fault>/);
  t.notMatch(graph, /ErrorAccessDenied/);
});

t.test('simulated, Exchange answers it', { skip: LONG_ONLY }, async (t) => {
  const { ews, graph } = await answers(t, copyWith(t, 3));
  t.match(ews, /ConvertIdResponse/);
  t.match(graph, /<s:Fault>/);
});

t.test('after the last step both answer it', { skip: LONG_ONLY }, async (t) => {
  const { ews, graph } = await answers(t, ROOT);
  t.match(ews, /ConvertIdResponse/);
  t.match(graph, /ConvertIdResponse/);
});
