/** Reading request elements and writing response elements. */
import type { Document, Element, Node } from '@xmldom/xmldom';
import { DOMParser } from '@xmldom/xmldom';
import { EWS_MESSAGES, EWS_TYPES } from '../../soap/namespaces.ts';
import { escapeXml } from '../../soap/escape.ts';

/** @throws Error where the text is not well-formed */
export function parseXml(text: string): Document {
  return new DOMParser({
    onError: (level, message) => {
      if (level !== 'warning') throw new Error(message);
    },
  }).parseFromString(text, 'text/xml');
}

/** Child elements, of one name (in the EWS namespaces) if it is given. */
export function children(parent: Node | undefined, localName?: string): Element[] {
  const found: Element[] = [];
  for (let node = parent?.firstChild ?? null; node !== null; node = node.nextSibling) {
    if (node.nodeType !== 1) continue;
    const element = node as Element;
    const isEws = element.namespaceURI === EWS_TYPES || element.namespaceURI === EWS_MESSAGES;
    if (localName === undefined || (isEws && element.localName === localName)) found.push(element);
  }
  return found;
}

export function child(parent: Node | undefined, ...path: readonly string[]): Element | undefined {
  let element: Node | undefined = parent;
  for (const name of path) element = children(element, name)[0];
  return element as Element | undefined;
}

export function textAt(parent: Node | undefined, ...path: readonly string[]): string | undefined {
  return child(parent, ...path)?.textContent ?? undefined;
}

/** An element with text content, or nothing where there is no value. */
export function tag(name: string, value: string | number | boolean | undefined): string {
  return value === undefined ? '' : `<t:${name}>${escapeXml(String(value))}</t:${name}>`;
}

/** An element with markup content. */
export function wrap(name: string, content: string, attributes = ''): string {
  return `<t:${name}${attributes}>${content}</t:${name}>`;
}

/** xsd:dateTime in UTC without fractions, as Exchange writes it. */
export function dateTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

export function attribute(name: string, value: string | number | boolean): string {
  return ` ${name}="${escapeXml(String(value))}"`;
}
