import { placeBehind, type DocumentPlace } from './document-place.ts';
import { decodeText, type DetectedEncoding } from './encoding.ts';
import type { NamespaceScope } from './namespace-scope.ts';
import { parseAttributes, type Attribute } from './tokenizer.ts';

/** How bytes of a body become text. */
export interface TextEncoding {
  readonly detected: DetectedEncoding;
  readonly declared: string | undefined;
}

/** A start tag. What a handler does not ask for is not computed. */
export class ElementStart {
  readonly qName: string;
  /** Depth below Body: the operation's children have 2. */
  readonly depth: number;
  readonly selfClosing: boolean;
  /** Of its `<`; undefined where no handler wants places. */
  readonly place: DocumentPlace | undefined;
  readonly #tag: string;
  readonly #scope: NamespaceScope;
  readonly #encoding: TextEncoding;
  #attributes: readonly Attribute[] | undefined;

  /** @param tag as written, each byte a character */
  constructor(
    qName: string,
    tag: string,
    depth: number,
    scope: NamespaceScope,
    encoding: TextEncoding,
    place?: DocumentPlace,
  ) {
    this.qName = qName;
    this.depth = depth;
    this.selfClosing = tag.endsWith('/>');
    this.#tag = tag;
    this.#scope = scope;
    this.#encoding = encoding;
    this.place = place;
  }

  get localName(): string {
    return this.qName.slice(this.qName.indexOf(':') + 1);
  }

  /** @throws GatewayError ENVELOPE_MALFORMED where the prefix is not declared */
  get namespace(): string {
    const colon = this.qName.indexOf(':');
    return this.#scope.resolve(colon === -1 ? '' : this.qName.slice(0, colon));
  }

  /**
   * Attributes as written, namespace declarations among them.
   *
   * @throws GatewayError ENVELOPE_MALFORMED where they are not well-formed or one stands twice
   */
  get attributes(): readonly Attribute[] {
    if (this.#attributes === undefined) {
      const raw = this.#tag.slice(1 + this.qName.length, this.selfClosing ? -2 : -1);
      this.#attributes = parseAttributes(this.#decoded(raw));
    }
    return this.#attributes;
  }

  /** Of its name; an attribute has its offset from there, in the decoded tag. */
  get namePlace(): DocumentPlace | undefined {
    return this.#placeOf('<'.length);
  }

  placeOfAttribute({ offset }: Attribute): DocumentPlace | undefined {
    return this.#placeOf(1 + this.#decoded(this.qName).length + offset);
  }

  /** Of what the element holds. */
  get contentPlace(): DocumentPlace | undefined {
    return this.#placeOf(Infinity);
  }

  /** @param offset in the decoded tag */
  #placeOf(offset: number): DocumentPlace | undefined {
    return this.place === undefined ? undefined : placeBehind(this.place, this.#decoded(this.#tag).slice(0, offset));
  }

  #decoded(raw: string): string {
    return decodeText(raw, this.#encoding.detected, this.#encoding.declared);
  }

  /**
   * Namespace and local name of an attribute; one without a prefix is in no namespace.
   *
   * @throws GatewayError ENVELOPE_MALFORMED where the prefix is not declared
   */
  expandedNameOf({ name }: Attribute): string {
    const colon = name.indexOf(':');
    return colon === -1 ? name : `${this.#scope.resolve(name.slice(0, colon))} ${name.slice(colon + 1)}`;
  }
}
