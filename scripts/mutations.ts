/** Small changes of a program, each of which some test should notice. */
import { stripTypeScriptTypes } from 'node:module';
import { parse, type Node } from 'acorn';
import { full } from 'acorn-walk';

/** A change of a file at one place. */
export interface Mutant {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Whether it stands in no function: it runs when the file is loaded. */
  readonly runsOnLoad: boolean;
}

const OPPOSITE: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '&&': '||',
  '||': '&&',
  '+': '-',
  '-': '+',
};

/**
 * Every change that is known for a file of TypeScript.
 *
 * @param source its text
 */
export function mutantsOf(file: string, source: string): readonly Mutant[] {
  // Types become blanks, so that positions stay those of the source.
  const tree = parse(stripTypeScriptTypes(source), { ecmaVersion: 'latest', sourceType: 'module' });
  const functions: Node[] = [];
  full(tree, (node) => {
    // A field of an instance is set when that is made.
    if (
      /Function/.test(node.type) ||
      (node.type === 'PropertyDefinition' && !('static' in node && node.static === true))
    )
      functions.push(node);
  });
  const mutants: Mutant[] = [];
  const add = ({ start, end }: { readonly start: number; readonly end: number }, text: string): void => {
    const runsOnLoad = !functions.some((each) => each.start <= start && end <= each.end);
    mutants.push({ file, start, end, text, runsOnLoad });
  };
  full(tree, (node) => {
    const known = node as Node & Readonly<Record<string, unknown>>;
    if (node.type === 'BinaryExpression' || node.type === 'LogicalExpression') {
      const [left, right] = [known['left'] as Node, known['right'] as Node];
      const [operator, other] = [String(known['operator']), OPPOSITE[String(known['operator'])]];
      // A comment between the two may hold the same characters.
      const at = source.indexOf(operator, left.end);
      if (other !== undefined && at >= 0 && at < right.start) add({ start: at, end: at + operator.length }, other);
    } else if (node.type === 'IfStatement' || node.type === 'ConditionalExpression') {
      const test = known['test'] as Node;
      add(test, `!(${source.slice(test.start, test.end)})`);
    } else if (node.type === 'Literal' && typeof known['value'] === 'number') {
      add(node, String(known['value'] + 1));
    } else if (node.type === 'Literal' && typeof known['value'] === 'boolean') {
      add(node, String(known['value'] === false));
    } else if (node.type === 'ExpressionStatement') {
      add(node, ';');
    } else if (node.type === 'ReturnStatement' && known['argument'] !== null) {
      // Without those that return nothing, or what another rule changes.
      const argument = known['argument'] as Node & Readonly<Record<string, unknown>>;
      if (argument['name'] !== 'undefined' && typeof argument['value'] !== 'boolean')
        add(node, 'return undefined as never;');
    }
  });
  return mutants;
}
