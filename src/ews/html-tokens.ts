/**
 * Tags and texts of HTML in their order, for reading only: nothing that is taken out of it is safe to show.
 *
 * Linear: what was scanned is never scanned again, but for one look for the end of a quotation.
 *
 * @see https://html.spec.whatwg.org/multipage/parsing.html#tokenization
 */
import { decodeEntities } from './html-entities.ts';

export type HtmlToken =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'tag';
      /** In lower case. */
      readonly name: string;
      readonly isEnd: boolean;
      /** By lower-case name, decoded. */
      readonly attributes: ReadonlyMap<string, string>;
    };

/** Their content has no tags but their own end tag. */
const RAW: ReadonlySet<string> = new Set(['iframe', 'noframes', 'script', 'style', 'title']);
const NAME = /[a-z][a-z0-9:-]*/iy;
const ATTRIBUTE = /([^\s"'>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;
const LONGEST_NAME = 64;

/** Comments and declarations are left out. */
export function* htmlTokens(html: string): Generator<HtmlToken> {
  const scanner = new TagScanner(html);
  let at = 0;
  while (at < html.length) {
    const start = html.indexOf('<', at);
    if (start > at || start === -1) yield { kind: 'text', text: html.slice(at, start === -1 ? undefined : start) };
    if (start === -1) return;
    const isEnd = html[start + 1] === '/';
    const name = nameAt(html, start + (isEnd ? 2 : 1));
    if (name === undefined) {
      at = scanner.skip(start);
      if (at === start + 1) yield { kind: 'text', text: '<' };
      continue;
    }
    const from = start + (isEnd ? 2 : 1) + name.length;
    const end = scanner.endOfTag(from);
    // A tag that never ends is none, as at the end of a body that was cut.
    if (end === -1) return;
    yield { kind: 'tag', name, isEnd, attributes: isEnd ? NONE : attributesIn(html.slice(from, end)) };
    at = end + 1;
    if (isEnd || !RAW.has(name)) continue;
    const close = new RegExp(`</${name}`, 'gi');
    close.lastIndex = at;
    const found = close.exec(html);
    if (found === null) return;
    at = found.index;
  }
}

const NONE: ReadonlyMap<string, string> = new Map();

function nameAt(html: string, at: number): string | undefined {
  NAME.lastIndex = at;
  const name = NAME.exec(html)?.[0].toLowerCase();
  return name === undefined || name.length > LONGEST_NAME ? undefined : name;
}

function attributesIn(text: string): ReadonlyMap<string, string> {
  if (text === '') return NONE;
  const found = new Map<string, string>();
  for (const [, name = '', double, single, bare] of text.matchAll(ATTRIBUTE))
    if (!found.has(name.toLowerCase())) found.set(name.toLowerCase(), decodeEntities(double ?? single ?? bare ?? ''));
  return found;
}

class TagScanner {
  readonly #html: string;
  /** Whether quotations count: from the first one without an end on they do not. */
  #quotes = true;

  constructor(html: string) {
    this.#html = html;
  }

  /** The place of the tag's `>`; -1 where it has none. */
  endOfTag(from: number): number {
    const html = this.#html;
    for (let at = from; this.#quotes && at < html.length; at++) {
      const character = html[at];
      if (character === '>') return at;
      if (character !== '"' && character !== "'") continue;
      at = html.indexOf(character, at + 1);
      if (at !== -1) continue;
      this.#quotes = false;
    }
    return html.indexOf('>', from);
  }

  /** Behind a comment or declaration; behind the `<` alone where it begins neither. */
  skip(start: number): number {
    const html = this.#html;
    if (html.startsWith('<!--', start)) {
      const end = html.indexOf('-->', start + 4);
      return end === -1 ? html.length : end + 3;
    }
    if (!/[!?/]/.test(html[start + 1] ?? '')) return start + 1;
    const end = html.indexOf('>', start);
    return end === -1 ? html.length : end + 1;
  }
}
