import { ElementTree } from '../../src/ews/element-tree.ts';
import type { EwsElement } from '../../src/ews/element.ts';
import { BodyReader } from '../../src/soap/body-reader.ts';
import { readEnvelopeHead } from '../../src/soap/envelope-head.ts';
import { MEMORY_SPOOL } from '../../src/simulator/exchange/memory-spool.ts';
import { envelope } from './envelopes.ts';

/** A FindItem with this content, as an operation reads it. */
export function findItemElement(content: string): EwsElement {
  return operationIn(Buffer.from(envelope(`<m:FindItem>${content}</m:FindItem>`)));
}

/** The operation of a request, as a tree of elements. */
export function operationIn(document: Buffer): EwsElement {
  const head = readEnvelopeHead(document, true);
  if (head === undefined) throw new Error('no head');
  const tree = new ElementTree(head, MEMORY_SPOOL);
  const reader = new BodyReader(head, [tree]);
  reader.push(document.subarray(head.endBytes));
  reader.end();
  return tree.root;
}
