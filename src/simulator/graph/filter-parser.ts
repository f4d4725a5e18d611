/**
 * The grammar of `$filter` as far as Outlook takes it: and, or, not, comparisons, contains, startswith, endswith, any,
 * cast and isof. Linear in its input, which is bounded, as is its depth.
 *
 * @see https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html (5.1.1)
 */

export type Literal = string | number | boolean | null | Date;

export type Operand =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'literal'; readonly value: Literal }
  | { readonly kind: 'cast'; readonly path: string; readonly type: string };

export type ComparisonOperator = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';
export type StringFunction = 'contains' | 'startswith' | 'endswith';

export type Filter =
  | { readonly kind: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'not'; readonly of: Filter }
  | { readonly kind: 'compare'; readonly operator: ComparisonOperator; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'text'; readonly name: StringFunction; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'any'; readonly path: string; readonly variable: string; readonly of: Filter | undefined }
  | { readonly kind: 'isof'; readonly type: string }
  | { readonly kind: 'flag'; readonly path: string };

export class FilterSyntaxError extends Error {}

const TOKEN = new RegExp(
  [
    "\\s*(?:(datetimeoffset|binary|guid|duration)?'((?:[^']|'')*)'",
    '(\\d{4}-\\d\\d-\\d\\d(?:T[\\d:.]+(?:Z|[+-]\\d\\d:\\d\\d))?)',
    '(-?\\d+(?:\\.\\d+)?)',
    '([A-Za-z_@][\\w.@]*(?:\\/[A-Za-z_][\\w.]*)*\\/?)',
    '([(),:]))',
  ].join('|'),
  'y',
);
const COMPARISONS: ReadonlySet<string> = new Set(['eq', 'ne', 'gt', 'ge', 'lt', 'le']);
const FUNCTIONS: ReadonlySet<string> = new Set(['contains', 'startswith', 'endswith']);
const DEEPEST = 100;

type Token =
  { readonly kind: 'literal'; readonly value: Literal } | { readonly kind: 'name' | 'sign'; readonly text: string };

/** @throws FilterSyntaxError */
export function parseFilter(text: string): Filter {
  const parser = new Parser(tokens(text));
  const filter = parser.or(0);
  parser.end();
  return filter;
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new FilterSyntaxError(`Syntax error at position ${at} in '${text}'.`);
    const [, prefix, quoted, date, number, name, sign] = match;
    if (quoted !== undefined) {
      const string = quoted.replaceAll("''", "'");
      found.push({ kind: 'literal', value: prefix === 'datetimeoffset' ? new Date(string) : string });
    } else if (date !== undefined) found.push({ kind: 'literal', value: new Date(date) });
    else if (number !== undefined) found.push({ kind: 'literal', value: Number(number) });
    else if (name === 'true' || name === 'false') found.push({ kind: 'literal', value: name === 'true' });
    else if (name === 'null') found.push({ kind: 'literal', value: null });
    else if (name === undefined) found.push({ kind: 'sign', text: sign ?? '' });
    else found.push({ kind: 'name', text: name });
  }
  return found;
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(list: readonly Token[]) {
    this.#tokens = list;
  }

  end(): void {
    if (this.#at < this.#tokens.length) this.#fail();
  }

  or(depth: number): Filter {
    if (depth > DEEPEST) throw new FilterSyntaxError('The filter is nested too deeply.');
    let left = this.#and(depth);
    while (this.#take('name', 'or')) left = { kind: 'or', left, right: this.#and(depth) };
    return left;
  }

  #and(depth: number): Filter {
    let left = this.#unary(depth);
    while (this.#take('name', 'and')) left = { kind: 'and', left, right: this.#unary(depth) };
    return left;
  }

  #unary(depth: number): Filter {
    if (this.#take('name', 'not')) return { kind: 'not', of: this.#unary(depth + 1) };
    if (this.#take('sign', '(')) {
      const inner = this.or(depth + 1);
      this.#expect(')');
      return inner;
    }
    return this.#term(depth);
  }

  #term(depth: number): Filter {
    const token = this.#tokens[this.#at];
    if (token?.kind === 'name') {
      const name = token.text;
      if (FUNCTIONS.has(name) && this.#isCall()) return this.#text(name as StringFunction);
      if (name === 'isof' && this.#isCall()) return this.#isof();
      const collection = /^(.*)\/(any|all)$/i.exec(name);
      if (collection !== null && this.#isCall())
        return this.#any(collection[1] ?? '', collection[2]?.toLowerCase() === 'any', depth);
    }
    const left = this.#operand();
    const operator = this.#tokens[this.#at];
    if (operator?.kind === 'name' && COMPARISONS.has(operator.text)) {
      this.#at++;
      return { kind: 'compare', operator: operator.text as ComparisonOperator, left, right: this.#operand() };
    }
    return left.kind === 'path' ? { kind: 'flag', path: left.path } : this.#fail();
  }

  #text(name: StringFunction): Filter {
    this.#at += 2;
    const left = this.#operand();
    this.#expect(',');
    const right = this.#operand();
    this.#expect(')');
    return { kind: 'text', name, left, right };
  }

  #isof(): Filter {
    this.#at += 2;
    const token = this.#tokens[this.#at++];
    this.#expect(')');
    return {
      kind: 'isof',
      type: token?.kind === 'name' ? token.text : String(token?.kind === 'literal' && token.value),
    };
  }

  #any(path: string, isAny: boolean, depth: number): Filter {
    if (!isAny) this.#fail();
    this.#at += 2;
    if (this.#take('sign', ')')) return { kind: 'any', path, variable: '', of: undefined };
    const variable = this.#tokens[this.#at++];
    if (variable?.kind !== 'name') return this.#fail();
    this.#expect(':');
    const of = this.or(depth + 1);
    this.#expect(')');
    return { kind: 'any', path, variable: variable.text, of };
  }

  #operand(): Operand {
    const token = this.#tokens[this.#at];
    if (token?.kind === 'literal') {
      this.#at++;
      if (token.value instanceof Date && Number.isNaN(token.value.getTime())) this.#fail();
      return token;
    }
    if (token?.kind !== 'name') return this.#fail();
    if (token.text === 'cast' && this.#isCall()) {
      this.#at += 2;
      const path = this.#operand();
      this.#expect(',');
      const type = this.#tokens[this.#at++];
      this.#expect(')');
      if (path.kind !== 'path' || type?.kind !== 'name') return this.#fail();
      return { kind: 'cast', path: path.path, type: type.text };
    }
    this.#at++;
    return { kind: 'path', path: token.text };
  }

  #isCall(): boolean {
    const next = this.#tokens[this.#at + 1];
    return next?.kind === 'sign' && next.text === '(';
  }

  #take(kind: 'name' | 'sign', text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== kind || token.text !== text) return false;
    this.#at++;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#take('sign', sign)) this.#fail();
  }

  #fail(): never {
    throw new FilterSyntaxError(`Syntax error: the filter is not understood at its part ${this.#at + 1}.`);
  }
}
