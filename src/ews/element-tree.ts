/**
 * Builds the element tree of a request, as a handler of the body reader.
 *
 * Stricter than the rules that authorise: what a conforming parser refuses is refused. Memory is bounded by elements
 * and bytes of text. Text beside elements, which no element of EWS has, is passed over, as Exchange does.
 *
 * @see https://github.com/ecederstrand/exchangelib test_account.py, test_mail_tips: with text in GetMailTips
 */
import { GatewayError } from '../errors.ts';
import type { BodyHandler, TextPiece } from '../soap/body-reader.ts';
import type { DocumentPlace } from '../soap/document-place.ts';
import { ElementStart, type TextEncoding } from '../soap/element-start.ts';
import type { EnvelopeHead } from '../soap/envelope-head.ts';
import { EWS_TYPES } from '../soap/namespaces.ts';
import { TextCollector } from '../soap/text-collector.ts';
import { malformed } from '../soap/malformed.ts';
import { NamespaceScope } from '../soap/namespace-scope.ts';
import { BAD_REFERENCE, FORBIDDEN_CHARACTER } from '../soap/references.ts';
import { ContentCollector, MAX_CONTENT_IN_MEMORY } from './content-collector.ts';
import type { ElementSource, EwsElement } from './element.ts';
import type { SpooledContent, SpoolFactory } from './spool.ts';
import { TreeBudget, type TreeShare } from './tree-budget.ts';

const MAX_ELEMENTS = 200_000;
/** What an element takes besides its text, and each of its attributes, as measured. */
const ELEMENT_BYTES = 600;
const ATTRIBUTE_BYTES = 300;
/** Text, attributes and small contents of one request, in bytes. */
const MAX_BYTES = 16 * 1024 * 1024;
const CONTENT: ReadonlySet<string> = new Set(['Content', 'MimeContent', 'MimeContentUTF8']);

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface OpenElement {
  readonly element: Writable<Omit<EwsElement, 'children' | 'source'>> & {
    readonly children: EwsElement[];
    readonly source: Writable<ElementSource>;
  };
  text: TextCollector | undefined;
  readonly content: ContentCollector | undefined;
}

export class ElementTree implements BodyHandler {
  readonly wantsText = true;
  readonly wantsPlaces = true;
  readonly #spools: SpoolFactory;
  readonly #share: TreeShare;
  readonly #root: EwsElement;
  readonly #open: OpenElement[] = [];
  readonly #contents: SpooledContent[] = [];
  #elements = 0;
  #bytes = 0;
  #ended = false;

  /** @param share of the memory for all trees; default: as much as there is for one owner */
  constructor(head: EnvelopeHead, spools: SpoolFactory, share: TreeShare = new TreeBudget().share('')) {
    this.#spools = spools;
    this.#share = share;
    const { namespace, localName, attributes, selfClosing, qName, tag, bindings } = head.operation;
    const [place] = head.places();
    const encoding = { detected: head.encoding, declared: head.declaredEncoding };
    const start = new ElementStart(qName, tag, 1, NamespaceScope.of(bindings), encoding, place);
    const element = {
      namespace,
      localName,
      attributes: new Map(
        attributes.filter(({ name }) => !isDeclaration(name)).map(({ name, value }) => [name, value]),
      ),
      children: [],
      text: '',
      content: undefined,
      source: { start, end: place },
    };
    this.#root = element;
    if (!selfClosing) this.#open.push({ element, text: undefined, content: undefined });
  }

  /** The operation's element. @throws Error before the document's end has been read */
  get root(): EwsElement {
    if (!this.#ended) throw new Error('the request has not been read to its end');
    return this.#root;
  }

  startElement(start: ElementStart): void {
    const parent = this.#open.at(-1);
    if (parent === undefined) throw malformed('an element stands outside of the operation');
    if (parent.content !== undefined) throw malformed('an element stands in base64');
    parent.text = undefined;
    if (++this.#elements > MAX_ELEMENTS) throw tooLarge();
    this.#share.add(ELEMENT_BYTES);
    const { namespace, localName } = start;
    const isContent = namespace === EWS_TYPES && CONTENT.has(localName);
    const element = {
      namespace,
      localName,
      attributes: this.#attributes(start),
      children: [],
      text: '',
      content: undefined,
      source: { start, end: undefined },
    };
    parent.element.children.push(element);
    this.#open.push({
      element,
      text: undefined,
      content: isContent ? new ContentCollector(this.#spools) : undefined,
    });
  }

  text(piece: TextPiece, encoding: TextEncoding): void {
    const open = this.#open.at(-1);
    if (open?.content !== undefined) return open.content.add(piece);
    if (open === undefined) return;
    this.#count(piece.bytes.length);
    open.text ??= new TextCollector({ limit: MAX_BYTES, tooLong: refuseSize, check: checkText });
    open.text.add(piece, encoding);
  }

  endElement(place: DocumentPlace | undefined): void {
    const open = this.#open.pop();
    if (open === undefined) return;
    open.element.source.end = place;
    if (open.content !== undefined) {
      open.element.content = open.content.finish();
      this.#contents.push(open.element.content);
      if (open.element.content.size <= MAX_CONTENT_IN_MEMORY) this.#count(open.element.content.size);
    } else if (open.element.children.length === 0) open.element.text = open.text?.text ?? '';
  }

  end(): void {
    this.#ended = true;
  }

  /** Gives back memory, and all spools of the request, finished or not. */
  dispose(): void {
    this.#share.end();
    for (const { content } of this.#open) content?.dispose();
    for (const content of this.#contents) content.dispose();
  }

  #attributes(start: ElementStart): Map<string, string> {
    const attributes = new Map<string, string>();
    for (const attribute of start.attributes) {
      const { name, value } = attribute;
      if (FORBIDDEN_CHARACTER.test(value)) throw malformed('it contains control characters');
      if (isDeclaration(name)) continue;
      this.#count(name.length + value.length);
      const expanded = start.expandedNameOf(attribute);
      if (attributes.has(expanded)) throw malformed(`the attribute ${name} stands twice on one element`);
      this.#share.add(ATTRIBUTE_BYTES);
      attributes.set(expanded, value);
    }
    return attributes;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > MAX_BYTES) throw tooLarge();
    this.#share.add(bytes);
  }
}

function isDeclaration(name: string): boolean {
  return name === 'xmlns' || name.startsWith('xmlns:');
}

function checkText(text: string, cdata: boolean): void {
  if (FORBIDDEN_CHARACTER.test(text)) throw malformed('it contains control characters');
  if (cdata) return;
  if (BAD_REFERENCE.test(text)) throw malformed('an unknown entity reference stands in text');
  if (text.includes(']]>')) throw malformed('"]]>" stands in text');
}

function tooLarge(): GatewayError {
  return new GatewayError('REQUEST_TOO_LARGE', 'The request has more elements or text than the gateway can hold.');
}

function refuseSize(): never {
  throw tooLarge();
}
