/** What a run of the suite comes to: docs/peer-suite.md, and what is not as expected. */
import type { Backend } from './backends.ts';
import { COUNTED, FAILURES, IMPORT_OPERATIONS, MODULES, OUT_OF_SCOPE } from './expected.ts';
import type { TestResult } from './module-run.ts';

const INTRODUCTION = `# A peer's own tests

[exchangelib](https://github.com/ecederstrand/exchangelib) is a client library for EWS whose authors run its tests
against Exchange Online. Here they run against the gateway with simulated mailboxes, once answered by EWS and once by
Microsoft Graph: \`npm run test:peer -- DIR\` with a checkout of version 4.9.0 in DIR, which writes this page. What is
expected stands in [test/peer/expected.ts](../test/peer/expected.ts).

Each module has a mailbox of its own, and a caller with \`operations: all\` and the few operations besides that the
suite uses. Values that the tests make up are the same in each run, and their pauses are shortened. Operations that the
Graph backend does not serve are answered by EWS on the same mailbox, so that the rest of such a test can run; the last
column names them.

Counted are the tests that are about mail and, besides what makes and clears away their items, about the operations of
an import, the set \`IMPORT_OPERATIONS\` there.
`;

const TITLES: Readonly<Record<Backend, string>> = { ews: 'EWS', graph: 'Microsoft Graph' };
const MARKS = { passed: 'passes', failed: '**fails**', skipped: 'skips itself' } as const;

/** @param results of a whole run @returns Markdown */
export function peerSuitePage(results: readonly TestResult[]): string {
  const backends = Object.keys(TITLES) as readonly Backend[];
  const totals = backends.map((backend) => {
    const own = results.filter((result) => result.backend === backend);
    const counted = own.filter(({ test }) => COUNTED.has(test));
    return [TITLES[backend], share(counted), share(own.filter(({ outcome }) => outcome !== 'skipped'))];
  });
  const tests = [...new Set(results.map(({ test }) => test))];
  const reasons = [...new Map(backends.flatMap((backend) => Object.entries(FAILURES[backend])))];
  return [
    INTRODUCTION,
    table(['answered by', 'counted tests that pass', 'all tests that pass'], totals),
    `## Tests that fail\n\n${table(
      ['test', 'why'],
      reasons.map(([test, why]) => [`\`${test}\``, why]),
    )}`,
    ...MODULES.map((module) => {
      const own = tests.filter((test) => test.startsWith(`${module}.`)).toSorted();
      const rows = own.map((test) => row(test, results));
      return `## ${module}\n\n${table(['test', 'EWS', 'Graph', 'counted', 'answered by EWS'], rows)}`;
    }),
  ].join('\n');
}

function share(results: readonly TestResult[]): string {
  const passed = results.filter(({ outcome }) => outcome === 'passed').length;
  return `${passed} of ${results.length} (${((100 * passed) / results.length).toFixed(1)} %)`;
}

function row(test: string, results: readonly TestResult[]): readonly string[] {
  const [ews, graph] = (['ews', 'graph'] as const).map((backend) =>
    results.find((result) => result.test === test && result.backend === backend),
  );
  const mark = (result: TestResult | undefined): string => (result === undefined ? '' : MARKS[result.outcome]);
  const [, of = '', method = ''] = /(\w+)\.(\w+)$/.exec(test) ?? [];
  return [
    `\`${of}.${method}\``,
    mark(ews),
    mark(graph),
    COUNTED.has(test) ? 'yes' : `no: ${whyNot(test, ews)}`,
    graph?.answeredByEws.join(', ') ?? '',
  ];
}

function whyNot(test: string, result: TestResult | undefined): string {
  const reason = OUT_OF_SCOPE.get(test);
  if (reason !== undefined) return reason;
  if (result?.outcome === 'skipped') return 'skips itself';
  const others = result?.operations.filter((name) => !IMPORT_OPERATIONS.has(name)) ?? [];
  return others.length === 0 ? 'asks for nothing' : `uses ${others.join(', ')}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('');
}

/**
 * What is not as expected.ts says.
 *
 * @param whole the backends of which all tests were run, so that a counted one that is missing is noticed
 */
export function unexpected(results: readonly TestResult[], whole: readonly Backend[]): readonly string[] {
  const wrong = results.flatMap(({ test, backend, outcome }) => {
    const isListed = Object.hasOwn(FAILURES[backend], test);
    if (outcome === 'failed' && !isListed) return [`${test} fails through ${TITLES[backend]}`];
    if (outcome === 'passed' && isListed) return [`${test} passes through ${TITLES[backend]}: take it off the list`];
    return COUNTED.has(test) && outcome === 'skipped' ? [`${test} skipped itself`] : [];
  });
  const ran = new Set(results.map(({ test, backend }) => `${backend} ${test}`));
  const missing = whole.flatMap((backend) =>
    [...COUNTED].filter((test) => !ran.has(`${backend} ${test}`)).map((test) => `${test} was not run by ${backend}`),
  );
  return [...wrong, ...missing];
}
