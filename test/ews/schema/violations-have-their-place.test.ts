import t from 'tap';
import { ElementTree } from '../../../src/ews/element-tree.ts';
import { refusalOf } from '../../../src/ews/schema/request-validation.ts';
import type { SchemaViolation } from '../../../src/errors.ts';
import { MEMORY_SPOOL } from '../../../src/simulator/exchange/memory-spool.ts';
import { BodyReader } from '../../../src/soap/body-reader.ts';
import { readEnvelopeHead } from '../../../src/soap/envelope-head.ts';
import { runs } from '../../support/effort.ts';
import { envelope } from '../../support/envelopes.ts';

const SHAPE = '<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>';
const INBOX = '<t:DistinguishedFolderId Id="inbox"/>';
const MIME = 'QUJD'.repeat(19).concat('\r\n').repeat(runs(2_000));
const find = (content: string, tag = 'm:FindItem Traversal="Shallow"'): string => `<${tag}>${content}</m:FindItem>`;

/** Requests with ¦ where the violation stands. */
const REQUESTS = [
  `<m:GetFolder>${SHAPE}<m:FolderIds>\n  <t:DistinguishedFolderId ¦Id ="inbox1"/></m:FolderIds></m:GetFolder>`,
  `<m:GetFolder>${SHAPE}<m:FolderIds><t:FolderId\r\n\txmlns:x="urn:é€𝄞" ¦Id1="x"/></m:FolderIds></m:GetFolder>`,
  `<m:GetFolder><!-- é€𝄞 --><m:FolderShape><t:BaseShape>IdOnly€</¦t:BaseShape></m:FolderShape></m:GetFolder>`,
  `<m:GetFolder ><¦m:FolderIds>${INBOX}</m:FolderIds>\r</m:GetFolder>`,
  `<m:GetFolder>${SHAPE}\r\r\n<m:FolderIds><![CDATA[\n\n]]>\n </¦m:FolderIds\t></m:GetFolder>`,
  '<m:GetFolder><¦m:FolderShape/></m:GetFolder>',
  '<m:GetFolder><m:FolderShape xmlns:x="urn:é€𝄞">¦text</m:FolderShape></m:GetFolder>',
  `<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:MimeContent>${MIME}</t:MimeContent>` +
    '<t:Importance>\n</¦t:Importance></t:Message></m:Items></m:CreateItem>',
  find('', '¦m:FindItem'),
  find('', 'm:FindItem\n  ¦Traversal="Deeper"'),
  '<¦m:GetFolder/>',
  '<¦m:Unknown/>',
];

const ENCODINGS: readonly (readonly [name: string, encode: (text: string) => Buffer])[] = [
  ['UTF-8', (text) => Buffer.from(text)],
  ['UTF-8 with a byte order mark', (text) => Buffer.from(`\ufeff${text}`)],
  ['UTF-16', (text) => Buffer.from(`\ufeff${text.replace('utf-8', 'utf-16')}`, 'utf16le')],
  [
    'UTF-16, the other way round',
    (text) => Buffer.from(`\ufeff${text.replace('utf-8', 'utf-16')}`, 'utf16le').swap16(),
  ],
  ['Latin-1', (text) => Buffer.from(text.replace('utf-8', 'iso-8859-1').replaceAll(/[€𝄞]/gu, 'ü'), 'latin1')],
];

/** @param step bytes of a piece of the body */
function refusalIn(document: Buffer, step: number): SchemaViolation | undefined {
  const head = readEnvelopeHead(document, true);
  if (head === undefined) throw new Error('no head');
  const tree = new ElementTree(head, MEMORY_SPOOL);
  const reader = new BodyReader(head, [tree]);
  for (let at = head.endBytes; at < document.length; at += step) reader.push(document.subarray(at, at + step));
  reader.end();
  return refusalOf(tree.root);
}

/** As XmlReader counts. */
function placeIn(marked: string): { readonly line: number; readonly position: number } {
  const lines = marked.slice(0, marked.indexOf('¦')).split(/\r\n|\r|\n/);
  return { line: lines.length, position: (lines.at(-1)?.length ?? 0) + 1 };
}

for (const [name, encode] of ENCODINGS)
  t.test(`a violation is found where it stands, in ${name}`, async (t) => {
    for (const request of REQUESTS) {
      const marked = envelope(request, '\r\n<t:MailboxCulture>é</t:MailboxCulture>');
      const place = placeIn(name === 'Latin-1' ? marked.replaceAll('𝄞', 'ü') : marked);
      for (const step of [1, 7, 1_000_000])
        t.same(refusalIn(encode(marked.replace('¦', '')), step)?.place, place, request.slice(0, 60));
    }
  });
