/**
 * A strict, namespace-aware pull tokenizer for the beginning of an XML document.
 *
 * Why not a library: what is wanted are offsets into a document whose end has not arrived, from a
 * text of a few hundred characters, on every request. bench/head.ts measures it against saxes;
 * test/soap/tokenizer-agrees-with-saxes.test.ts holds that both accept the same documents.
 *
 * Whatever a conforming parser might read differently (DTDs, undeclared prefixes, look-alike
 * names) is refused, because the gateway must see the document exactly as Exchange will.
 *
 * @see https://www.w3.org/TR/xml/ and https://www.w3.org/TR/xml-names/
 */
import { GatewayError } from '../errors.ts';
import { malformed } from './malformed.ts';
import { XML, XMLNS } from './namespaces.ts';
import { BAD_REFERENCE, FORBIDDEN_CHARACTER, unescapeXml } from './references.ts';

export interface ExpandedName {
  readonly namespace: string;
  readonly localName: string;
}

export interface StartTag extends ExpandedName {
  /** The name as written, with its prefix. */
  readonly qName: string;
  /** Prefix as written, '' if there is none. */
  readonly prefix: string;
  readonly attributes: readonly Attribute[];
  readonly selfClosing: boolean;
  /** Offset of `<`. */
  readonly start: number;
  /** Offset behind `>`. */
  readonly end: number;
}

export interface Attribute {
  readonly name: string;
  readonly value: string;
  /** Offset of its name behind the element's. */
  readonly offset: number;
}

const NAME = String.raw`[A-Za-z_\u0080-\uffff][-.\w\u0080-\uffff]*`;
const Q_NAME = `${NAME}(?::${NAME})?`;
// Each of these takes time linear in the text, matching or not: no part can match one text in two ways.
const START_TAG = new RegExp(
  String.raw`<(${Q_NAME})((?:[ \t\r\n][^"'<>/]*(?:(?:"[^"<]*"|'[^'<]*')[^"'<>/]*)*)?)(/?)>`,
  'y',
);
const ATTRIBUTE = new RegExp(String.raw`[ \t\r\n]+(${Q_NAME})[ \t\r\n]*=[ \t\r\n]*(?:"([^"]*)"|'([^']*)')`, 'y');
const END_TAG = new RegExp(String.raw`</(${Q_NAME})[ \t\r\n]*>`, 'y');
const DECLARATION =
  /<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.\d+"|'1\.\d+')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"([A-Za-z][\w.-]*)"|'([A-Za-z][\w.-]*)'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>/y;
const PROCESSING_INSTRUCTION = new RegExp(String.raw`<\?(${NAME})(?:[ \t\r\n][\s\S]*?)?\?>`, 'y');
const WHITE_SPACE = /[ \t\r\n]*/y;

/** A prefix ('' for the default namespace) and what it stands for. */
export interface Binding {
  readonly prefix: string;
  readonly namespace: string;
}

export class Tokenizer {
  readonly text: string;
  position = 0;
  /** Value of the XML declaration's encoding, if there is one. */
  declaredEncoding: string | undefined;
  readonly #bindings: Binding[] = [{ prefix: 'xml', namespace: XML }];
  /** The same by prefix, the inner one last: a document may declare thousands. */
  readonly #namespaces = new Map<string, string[]>([['xml', [XML]]]);
  readonly #open: { readonly qName: string; readonly bindings: number }[] = [];

  readonly #decode: (piece: string, declaredEncoding: string | undefined) => string;

  /** @param decode gives the real text of a piece of character data, before its references are resolved */
  constructor(text: string, decode: (piece: string, declaredEncoding: string | undefined) => string) {
    this.text = text;
    this.#decode = decode;
    if (text.startsWith('<?xml') && /[ \t\r\n]/.test(text.charAt(5))) {
      DECLARATION.lastIndex = 0;
      const declaration = DECLARATION.exec(text);
      if (declaration === null) throw malformed('its XML declaration is not valid');
      this.declaredEncoding = declaration[1] ?? declaration[2];
      this.position = DECLARATION.lastIndex;
    }
  }

  /** Refuses characters XML forbids in what has been read so far. */
  assertCharacters(): void {
    if (FORBIDDEN_CHARACTER.test(this.text.slice(0, this.position))) throw malformed('it contains control characters');
  }

  /** Skips what may stand between elements: white space, comments and processing instructions. */
  skipMisc(): void {
    for (;;) {
      WHITE_SPACE.lastIndex = this.position;
      WHITE_SPACE.exec(this.text);
      this.position = WHITE_SPACE.lastIndex;
      if (!this.#skipCommentOrInstruction()) return;
    }
  }

  /**
   * Reads a start tag and opens its element (unless it is self-closing).
   *
   * @throws GatewayError ENVELOPE_MALFORMED, or ENVELOPE_DOCTYPE where a document type stands instead
   */
  startTag(): StartTag {
    const start = this.position;
    if (this.text.startsWith('<!DOCTYPE', start)) {
      throw new GatewayError(
        'ENVELOPE_DOCTYPE',
        'The request contains a DOCTYPE, which SOAP forbids. It was not sent to Exchange.',
      );
    }
    START_TAG.lastIndex = start;
    const match = START_TAG.exec(this.text);
    if (match === null) throw malformed(`an element was expected at offset ${start}`);
    const [, qName = '', attributeText = '', slash] = match;
    const attributes = parseAttributes(attributeText);
    const before = this.#bindings.length;
    for (const { name, value } of attributes) this.#declare(name, value);
    const { prefix, namespace, localName } = this.#resolve(qName);
    this.#assertAttributesResolve(attributes);
    this.position = START_TAG.lastIndex;
    const selfClosing = slash === '/';
    if (selfClosing) this.#leave(before);
    else this.#open.push({ qName, bindings: before });
    return { qName, prefix, namespace, localName, attributes, selfClosing, start, end: this.position };
  }

  /** True where the next markup closes an element. */
  atEndTag(): boolean {
    return this.text.startsWith('</', this.position);
  }

  /** Reads the end tag of the innermost open element. */
  endTag(): void {
    END_TAG.lastIndex = this.position;
    const match = END_TAG.exec(this.text);
    const open = this.#open.pop();
    if (match === null || open === undefined || match[1] !== open.qName) {
      throw malformed(`an end tag at offset ${this.position} does not fit`);
    }
    this.#leave(open.bindings);
    this.position = END_TAG.lastIndex;
  }

  /**
   * Reads everything up to the end tag of the element just opened, that tag included.
   *
   * @param visit is called with each descendant's start tag and its depth (1 is a child)
   * @param onText is called with each piece of text and the depth of the element it stands in (0 is the element itself)
   */
  finishElement(visit: (tag: StartTag, depth: number) => void, onText: (text: string, depth: number) => void): void {
    let depth = 0;
    for (;;) {
      const next = this.text.indexOf('<', this.position);
      if (next < 0) throw malformed('it ends inside an element');
      if (next > this.position) onText(this.#characterData(this.text.slice(this.position, next)), depth);
      this.position = next;
      if (this.text.startsWith('<![CDATA[', next)) onText(this.#cdata(), depth);
      else if (this.#skipCommentOrInstruction()) continue;
      else if (this.atEndTag()) {
        this.endTag();
        if (depth-- === 0) return;
      } else {
        const tag = this.startTag();
        visit(tag, depth + 1);
        if (!tag.selfClosing) depth++;
      }
    }
  }

  #cdata(): string {
    const end = this.text.indexOf(']]>', this.position + 9);
    if (end < 0) throw malformed('a CDATA section does not end');
    const content = this.text.slice(this.position + 9, end);
    this.position = end + 3;
    return this.#decode(content, this.declaredEncoding);
  }

  #characterData(raw: string): string {
    if (raw.includes(']]>')) throw malformed('"]]>" stands in text');
    if (BAD_REFERENCE.test(raw)) throw malformed('an unknown entity reference stands in text');
    // A reference names a Unicode character whatever the encoding: decode first, then resolve.
    return unescapeXml(this.#decode(raw, this.declaredEncoding));
  }

  #skipCommentOrInstruction(): boolean {
    const { text, position } = this;
    if (text.startsWith('<!--', position)) {
      const dashes = text.indexOf('--', position + 4);
      if (dashes < 0 || text.charAt(dashes + 2) !== '>') throw malformed('a comment does not end or contains "--"');
      this.position = dashes + 3;
      return true;
    }
    if (text.startsWith('<?', position)) {
      PROCESSING_INSTRUCTION.lastIndex = position;
      const match = PROCESSING_INSTRUCTION.exec(text);
      if (match === null || match[1]?.toLowerCase() === 'xml') throw malformed('a processing instruction is not valid');
      this.position = PROCESSING_INSTRUCTION.lastIndex;
      return true;
    }
    return false;
  }

  /** The declarations in force at the present position, inner ones behind outer ones. */
  get bindings(): readonly Binding[] {
    return [...this.#bindings];
  }

  #declare(name: string, value: string): void {
    if (name !== 'xmlns' && !name.startsWith('xmlns:')) return;
    const prefix = name.slice(6);
    assertDeclarable(prefix, value);
    this.#bindings.push({ prefix, namespace: value });
    const known = this.#namespaces.get(prefix);
    if (known === undefined) this.#namespaces.set(prefix, [value]);
    else known.push(value);
  }

  /** Forgets the declarations of an element. @param count of those around it */
  #leave(count: number): void {
    while (this.#bindings.length > count) this.#namespaces.get(this.#bindings.pop()?.prefix ?? '')?.pop();
  }

  #resolve(qName: string): ExpandedName & { readonly prefix: string } {
    const colon = qName.indexOf(':');
    const prefix = colon < 0 ? '' : qName.slice(0, colon);
    return { prefix, namespace: this.#namespaceOf(prefix), localName: colon < 0 ? qName : qName.slice(colon + 1) };
  }

  #namespaceOf(prefix: string): string {
    const namespace = this.#namespaces.get(prefix)?.at(-1);
    if (namespace !== undefined) return namespace;
    if (prefix === '') return '';
    throw malformed(`the namespace prefix "${prefix}" is not declared`);
  }

  /** Prefixes of attributes must be declared, and no two attributes may have one expanded name. */
  #assertAttributesResolve(attributes: readonly Attribute[]): void {
    let seen: Set<string> | undefined;
    for (const { name } of attributes) {
      const colon = name.indexOf(':');
      if (colon < 0 || name.startsWith('xmlns:')) continue;
      const expanded = `${this.#namespaceOf(name.slice(0, colon))} ${name.slice(colon + 1)}`;
      seen ??= new Set();
      if (seen.has(expanded)) throw malformed(`the attribute ${name} stands twice on one element`);
      seen.add(expanded);
    }
  }
}

/** Refuses a declaration of a namespace that XML reserves. @param prefix '' for the default namespace */
export function assertDeclarable(prefix: string, namespace: string): void {
  if (prefix === '') {
    if (namespace === XML || namespace === XMLNS) throw malformed('a reserved namespace is declared as the default');
    return;
  }
  const legal =
    prefix === 'xml'
      ? namespace === XML
      : prefix !== 'xmlns' && namespace !== '' && namespace !== XML && namespace !== XMLNS;
  if (!legal) throw malformed(`the namespace prefix "${prefix.slice(0, 100)}" may not be declared like this`);
}

/** More than any EWS element has. */
const MAX_ATTRIBUTES = 256;

/**
 * Reads what stands between a start tag's name and its end.
 *
 * @throws GatewayError ENVELOPE_MALFORMED where it is not well-formed, or an attribute stands twice
 */
export function parseAttributes(text: string): Attribute[] {
  const seen = new Set<string>();
  const attributes: Attribute[] = [];
  let position = 0;
  while (position < text.length) {
    ATTRIBUTE.lastIndex = position;
    const match = ATTRIBUTE.exec(text);
    if (match === null) break;
    if (attributes.length === MAX_ATTRIBUTES) throw malformed(`an element has more than ${MAX_ATTRIBUTES} attributes`);
    const name = match[1] ?? '';
    const offset = position + match[0].indexOf(name);
    position = ATTRIBUTE.lastIndex;
    const raw = match[2] ?? match[3] ?? '';
    if (BAD_REFERENCE.test(raw)) throw malformed(`the attribute ${name} holds an unknown reference`);
    if (raw.includes('<')) throw malformed(`the attribute ${name} holds a "<"`);
    if (seen.has(name)) throw malformed(`the attribute ${name} stands twice on one element`);
    seen.add(name);
    // Attribute-value normalisation, XML 1.0 section 3.3.3.
    attributes.push({ name, value: unescapeXml(raw.replace(/\r\n|[\t\r\n]/g, ' ')), offset });
  }
  if (/[^ \t\r\n]/.test(text.slice(position))) throw malformed('an attribute is not valid');
  return attributes;
}
