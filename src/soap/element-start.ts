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
  readonly #tag: string;
  readonly #scope: NamespaceScope;
  readonly #encoding: TextEncoding;
  #attributes: readonly Attribute[] | undefined;

  constructor(qName: string, tag: string, depth: number, scope: NamespaceScope, encoding: TextEncoding) {
    this.qName = qName;
    this.depth = depth;
    this.selfClosing = tag.endsWith('/>');
    this.#tag = tag;
    this.#scope = scope;
    this.#encoding = encoding;
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
      const { detected, declared } = this.#encoding;
      const raw = this.#tag.slice(1 + this.qName.length, this.selfClosing ? -2 : -1);
      this.#attributes = parseAttributes(decodeText(raw, detected, declared));
    }
    return this.#attributes;
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
