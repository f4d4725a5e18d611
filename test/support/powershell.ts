/** Reads PowerShell without PowerShell: a grammar that tells what is code and what is text. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

export interface SyntaxNode {
  readonly type: string;
  readonly text: string;
  readonly startIndex: number;
  readonly hasError: boolean;
  readonly parent: SyntaxNode | null;
  descendantsOfType(type: string): SyntaxNode[];
  toString(): string;
}

interface TreeSitter {
  readonly Parser: {
    init(): Promise<void>;
    new (): { setLanguage(language: unknown): void; parse(text: string): { readonly rootNode: SyntaxNode } };
  };
  readonly Language: { load(file: string): Promise<unknown> };
}

const require = createRequire(import.meta.url);
const { Parser, Language } = require('@vscode/tree-sitter-wasm') as TreeSitter;

await Parser.init();
const folder = join(require.resolve('@vscode/tree-sitter-wasm'), '..');
const parser = new Parser();
parser.setLanguage(await Language.load(join(folder, 'tree-sitter-powershell.wasm')));

export function parsePowerShell(text: string): SyntaxNode {
  return parser.parse(text).rootNode;
}

/** The commands that a script calls by name, in their order. */
export function commandsIn(script: SyntaxNode): { readonly name: string; readonly node: SyntaxNode }[] {
  return script
    .descendantsOfType('command_name')
    .map((node) => ({ name: node.text, node }))
    .toSorted((a, b) => a.node.startIndex - b.node.startIndex);
}

/** How many conditions (if, elseif, else) a node stands under. */
export function conditionsAbove(node: SyntaxNode): number {
  let conditions = 0;
  for (let above = node.parent; above !== null; above = above.parent) {
    if (above.type === 'if_statement') conditions++;
  }
  return conditions;
}
