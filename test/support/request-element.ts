import { ElementTree } from '../../src/ews/element-tree.ts';
import type { EwsElement } from '../../src/ews/element.ts';
import { BodyReader } from '../../src/soap/body-reader.ts';
import { readEnvelopeHead } from '../../src/soap/envelope-head.ts';
import { FileSpool } from '../../src/state/spool.ts';
import { envelope } from './envelopes.ts';

/** A FindItem with this content, as an operation reads it. */
export function findItemElement(content: string): EwsElement {
  const document = Buffer.from(envelope(`<m:FindItem>${content}</m:FindItem>`));
  const head = readEnvelopeHead(document, true);
  if (head === undefined) throw new Error('no head');
  const tree = new ElementTree(head, new FileSpool('.', 0));
  const reader = new BodyReader(head, [tree]);
  reader.push(document.subarray(head.endBytes));
  reader.end();
  return tree.root;
}
