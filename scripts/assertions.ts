/**
 * Finds assertions that hold whatever the program does: npm run lint:assertions
 *
 * What tap's `match` is given as an empty array or object stands for any, and every date for any other.
 */
import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { parse, type Node } from 'acorn';
import { full } from 'acorn-walk';

const MATCHING = /^(?:not)?[mM]atch(?:Only)?$|^rejects$|^throws$|^resolveMatch$/;

type Known = Node & Readonly<Record<string, unknown>>;

/** @returns the lines of patterns that anything fits, with what makes them so */
export function emptyPatterns(source: string): readonly (readonly [line: number, pattern: string])[] {
  const found: [number, string][] = [];
  // Types become blanks, so that positions stay those of the source.
  const tree = parse(stripTypeScriptTypes(source), { ecmaVersion: 'latest', sourceType: 'module' });
  full(tree, (node) => {
    const { callee, arguments: given } = node as Known;
    if (node.type !== 'CallExpression' || !isAssertion(callee as Known)) return;
    for (const part of partsOf((given as Known[])[1]))
      if (isEmpty(part))
        found.push([source.slice(0, part.start).split('\n').length, source.slice(part.start, part.end)]);
  });
  return found;
}

/** Whether a function is `t.match` or one that compares like it. */
function isAssertion(callee: Known): boolean {
  if (callee.type !== 'MemberExpression' || (callee['object'] as Known)['name'] !== 't') return false;
  return MATCHING.test(String((callee['property'] as Known)['name']));
}

/** A pattern with what stands in its arrays and objects. */
function partsOf(pattern: Known | undefined): readonly Known[] {
  if (pattern === undefined) return [];
  const inner =
    pattern.type === 'ArrayExpression'
      ? (pattern['elements'] as Known[])
      : pattern.type === 'ObjectExpression'
        ? (pattern['properties'] as Known[]).map((property) => property['value'] as Known | undefined)
        : [];
  return [pattern, ...inner.flatMap((part) => partsOf(part ?? undefined))];
}

function isEmpty(pattern: Known): boolean {
  if (pattern.type === 'NewExpression') return (pattern['callee'] as Known)['name'] === 'Date';
  const parts = pattern['elements'] ?? pattern['properties'];
  return Array.isArray(parts) && parts.length === 0;
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  for (const file of globSync('test/**/*.ts', { cwd: root }).toSorted())
    for (const [line, pattern] of emptyPatterns(readFileSync(join(root, file), 'utf8'))) {
      process.stdout.write(`${file}:${line}: anything matches ${pattern}\n`);
      process.exitCode = 1;
    }
}
