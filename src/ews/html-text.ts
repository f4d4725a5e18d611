/**
 * HTML as text and text as HTML, as Exchange does it in outline: line breaks at blocks, white space collapsed, the
 * address of a link behind its text. For messages that Graph does not convert itself, since they are inside of others.
 *
 * One pass over tags and texts: time and output are linear in the input, however broken it is.
 *
 * @see https://html.spec.whatwg.org/multipage/parsing.html#tokenization
 */
import { decodeEntities } from './html-entities.ts';
import { htmlTokens } from './html-tokens.ts';

const LINE = '\r\n';
/** Begin on a line of their own. */
const BLOCKS: ReadonlySet<string> = new Set(
  (
    'address article aside blockquote center dd div dl dt fieldset figcaption figure footer form header li main nav ' +
    'ol pre section table tr ul'
  ).split(' '),
);
/** Are set off by an empty line. */
const PARAGRAPHS: ReadonlySet<string> = new Set(['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'p']);
/** Hold no text of the message. */
const HIDDEN: ReadonlySet<string> = new Set(['head', 'iframe', 'noframes', 'script', 'style', 'title']);
/** What a horizontal line becomes. */
const RULE = '_'.repeat(32);

/** @returns text with CRLF line ends, the last line ended; '' where there is no text */
export function htmlToText(html: string): string {
  const writer = new TextWriter();
  for (const token of htmlTokens(html)) {
    if (token.kind === 'text') writer.text(decodeEntities(token.text));
    else if (token.isEnd) writer.close(token.name);
    else writer.open(token.name, token.attributes);
  }
  return writer.result();
}

/** @returns a whole document, with `<br>` for line breaks; '' for '' */
export function textToHtml(text: string): string {
  if (text === '') return '';
  const escaped = text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/\r?\n/g, `<br>${LINE}`);
  return `<html><head></head><body><div class="PlainText">${escaped}</div></body></html>`;
}

class TextWriter {
  readonly #parts: string[] = [];
  /** Line breaks before the next text. */
  #breaks = 0;
  #space = false;
  #hidden = 0;
  #pre = 0;
  #cells = 0;
  /** Where the text of the open link begins in the parts, and where the link leads. */
  #link: { readonly start: number; readonly target: string } | undefined;

  text(text: string): void {
    if (this.#hidden > 0) return;
    if (this.#pre > 0) {
      const [first = '', ...lines] = text.split(/\r?\n/);
      this.#put(first);
      for (const line of lines) {
        this.#breaks++;
        this.#put(line);
      }
      return;
    }
    const collapsed = text.replaceAll(/[ \t\r\n\f]+/g, ' ');
    const words = collapsed.trim();
    if (collapsed.startsWith(' ')) this.#space = true;
    this.#put(words);
    if (words !== '' && collapsed.endsWith(' ')) this.#space = true;
  }

  open(name: string, attributes: ReadonlyMap<string, string>): void {
    if (HIDDEN.has(name)) this.#hidden++;
    // The end tag of the head may be left out.
    if (name === 'body') this.#hidden = 0;
    if (this.#hidden > 0) return;
    this.#block(name);
    switch (name) {
      case 'a':
        this.#link = { start: this.#parts.length, target: attributes.get('href')?.trim() ?? '' };
        break;
      case 'br':
        this.#breaks++;
        break;
      case 'hr':
        this.#breakTo(1);
        this.#put(RULE);
        this.#breakTo(1);
        break;
      case 'img':
        this.#image(attributes);
        break;
      case 'li':
        this.#put('* ');
        break;
      case 'pre':
        this.#pre++;
        break;
      case 'tr':
        this.#cells = 0;
        break;
      case 'td':
      case 'th':
        if (this.#cells++ > 0) this.#put('\t');
    }
  }

  close(name: string): void {
    if (HIDDEN.has(name)) {
      this.#hidden = Math.max(0, this.#hidden - 1);
      return;
    }
    if (this.#hidden > 0) return;
    if (name === 'a') this.#endLink();
    if (name === 'pre') this.#pre = Math.max(0, this.#pre - 1);
    this.#block(name);
  }

  result(): string {
    const text = this.#parts.join('').replaceAll('\u00a0', ' ').trimEnd();
    return text === '' ? '' : `${text}${LINE}`;
  }

  #block(name: string): void {
    if (BLOCKS.has(name)) this.#breakTo(1);
    else if (PARAGRAPHS.has(name)) this.#breakTo(2);
  }

  #breakTo(count: number): void {
    this.#breaks = Math.max(this.#breaks, count);
  }

  #image(attributes: ReadonlyMap<string, string>): void {
    const source = attributes.get('src') ?? '';
    const shown = /^cid:/i.test(source) ? source : (attributes.get('alt') ?? '');
    if (shown !== '') this.#put(`[${shown}]`);
  }

  #endLink(): void {
    const { start, target } = this.#link ?? { start: 0, target: '' };
    this.#link = undefined;
    if (!/^(?:https?|mailto):/i.test(target)) return;
    const text = this.#parts.slice(start).join('').trim();
    if (text !== target && `mailto:${text}` !== target) this.#put(`<${target}>`);
  }

  #put(text: string): void {
    if (text === '') return;
    if (this.#parts.length > 0) {
      if (this.#breaks > 0) this.#parts.push(LINE.repeat(this.#breaks));
      else if (this.#space) this.#parts.push(' ');
    }
    this.#breaks = 0;
    this.#space = false;
    this.#parts.push(text);
  }
}
