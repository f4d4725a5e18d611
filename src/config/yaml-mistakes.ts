/**
 * Mistakes that people make in YAML, in plain words: what the parser says of them is about the
 * language, not about what to change.
 */
import { isAlias, isScalar, visit, type Document, type YAMLParseError } from 'yaml';

/** Something wrong at an offset of the text. */
export interface Mistake {
  readonly offset: number;
  readonly text: string;
}

const WINDOWS_PATH =
  'in double quotes a backslash begins an escape sequence: write a Windows path in single quotes, ' +
  "as 'C:\\certs\\gateway.crt', or with slashes";
const NO_COLON =
  'this line has no "key: value" form: write a colon and a blank behind the key, ' +
  'or a dash and a blank before an entry of a list';
const INDENTATION =
  'this line begins in another column than those it belongs to: indent settings of one section alike, ' +
  'and write a dash before each entry of a list';

/** What the parser refuses. */
export function explainSyntaxError(error: YAMLParseError, text: string): Mistake {
  const [offset] = error.pos;
  const line = lineAt(text, offset);
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return { offset, text: 'a tab is not allowed before a setting: indent with blanks' };
    case 'BAD_DQ_ESCAPE':
      return { offset, text: WINDOWS_PATH };
    case 'MULTILINE_IMPLICIT_KEY':
      return { offset, text: NO_COLON };
    case 'BAD_INDENT':
      if (error.message.startsWith('Flow'))
        return { offset, text: `${bracketOf(error.message)} is not closed before this` };
      return { offset: offset + line.indent, text: line.hasColon ? INDENTATION : NO_COLON };
    case 'MISSING_CHAR':
      if (/closing .quote/.test(error.message)) return { offset, text: 'a quote is not closed before this' };
      if (error.message.startsWith('Implicit map keys')) return { offset, text: NO_COLON };
      break;
    case 'BAD_SCALAR_START':
      return { offset, text: 'a value that begins with this character must be put in quotes' };
    case 'DUPLICATE_KEY':
      return {
        offset,
        text: 'this key stands twice in one section: remove one, or begin each entry of a list with a dash',
      };
    case 'MULTIPLE_DOCS':
      return { offset, text: 'a line of --- begins a second document: remove it' };
  }
  return { offset, text: `this is not YAML (${error.message})` };
}

/** What is YAML, but cannot be meant: a path of which the parser made control characters, a lone `*`. */
export function unlikelyValues(document: Document, text: string): Mistake[] {
  const found: Mistake[] = [];
  const anchors = new Set<string>();
  visit(document, (_, node) => {
    if (isAlias(node)) {
      if (!anchors.has(node.source))
        found.push({ offset: node.range?.[0] ?? 0, text: 'a value that begins with * must be put in quotes' });
    } else if (node !== null && typeof node === 'object' && 'anchor' in node && node.anchor !== undefined)
      anchors.add(String(node.anchor));
    if (!isScalar(node) || node.type !== 'QUOTE_DOUBLE' || node.range == null) return;
    const path = /^"(?:[A-Za-z]:)?[^"\\]{0,1000}?\\(?!\\)/.exec(text.slice(node.range[0], node.range[1]));
    if (path !== null && /^"[A-Za-z]:\\(?!\\)/.test(path[0]))
      found.push({ offset: node.range[0] + path[0].length - 1, text: WINDOWS_PATH });
  });
  return found;
}

function lineAt(text: string, offset: number): { readonly indent: number; readonly hasColon: boolean } {
  const end = text.indexOf('\n', offset);
  const line = text.slice(offset, end === -1 ? undefined : end);
  return { indent: line.search(/\S|$/), hasColon: /:(?:\s|$)/.test(line) };
}

function bracketOf(message: string): string {
  return message.startsWith('Flow map') ? 'a brace {' : 'a bracket [';
}
