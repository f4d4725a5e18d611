import t from 'tap';
import { GATEWAY_REQUEST } from '../../../src/soap/fault.ts';
import { codesOf, startDifferential, withoutKnown, type KnownDifference } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { readFault } from '../../support/managed-api.ts';
import { mail } from '../../support/stack.ts';
import {
  EXTENDED,
  field,
  findItem,
  getAttachment,
  getFolder,
  INBOX,
  KEYWORDS,
  list,
  PAGE_OF,
  set,
  update,
} from './flow-requests.ts';

const KNOWN: readonly KnownDifference[] = [[/<m:MessageText>[^<]*<\/m:MessageText>/g, 'both have words of their own']];
const KEY = '<t:ExtendedFieldURI PropertyTag="0x0E08" PropertyType="Integer"/>';
const CALENDAR = '<t:FieldURI FieldURI="calendar:Start"/>';

const shaped = (shape: string, ids: readonly string[]): string =>
  `<m:GetItem><m:ItemShape>${shape}</m:ItemShape><m:ItemIds>${list(ids)}</m:ItemIds></m:GetItem>`;
const ID_ONLY = '<t:BaseShape>IdOnly</t:BaseShape>';
const where = (expression: string): string => `<m:Restriction>${expression}</m:Restriction>`;
const equal = (path: string, value = 'x'): string =>
  `<t:IsEqualTo>${path}<t:FieldURIOrConstant><t:Constant Value="${value}"/></t:FieldURIOrConstant></t:IsEqualTo>`;
const uri = (name: string): string => `<t:FieldURI FieldURI="${name}"/>`;
const contains = (name: string): string =>
  `<t:Contains ContainmentMode="Substring" ContainmentComparison="Exact">${uri(name)}<t:Constant Value="x"/>` +
  '</t:Contains>';
const sort = (path: string): string =>
  `<m:SortOrder><t:FieldOrder Order="Ascending">${path}</t:FieldOrder></m:SortOrder>`;
const findFolder = (shape: string, more = '', folders = INBOX): string =>
  `<m:FindFolder Traversal="Shallow"><m:FolderShape>${shape}</m:FolderShape>${more}<m:ParentFolderIds>${folders}` +
  '</m:ParentFolderIds></m:FindFolder>';
const property = (path: string, value: string): string =>
  `<t:ExtendedProperty>${path}<t:Value>${value}</t:Value></t:ExtendedProperty>`;
const TWO = `${INBOX}<t:DistinguishedFolderId Id="drafts"/>`;

t.test('what the schema does not have is a fault that names it', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t);
  const { id } = await mailbox.deliver(mail('item'));
  for (const [name, operation] of [
    ['item:Subjekt', shaped(`${ID_ONLY}${field('item:Subjekt')}`, [id])],
    ['item:Subjekt', findItem(PAGE_OF(1), '', field('item:Subjekt'))],
    ['item:Subjekt', findItem(PAGE_OF(1), where(equal(uri('item:Subjekt'))))],
    ['item:Subjekt', findItem(PAGE_OF(1), sort(uri('item:Subjekt')))],
    ['item:Subjekt', update(id, set(uri('item:Subjekt'), '<t:Subject>x</t:Subject>'))],
    ['folder:Name', findFolder(`${ID_ONLY}${field('folder:Name')}`)],
    ['folder:Name', getFolder(INBOX).replace('</m:FolderShape>', `${field('folder:Name')}</m:FolderShape>`)],
    ['Everything', shaped('<t:BaseShape>Everything</t:BaseShape>', [id])],
    ['RTF', shaped(`${ID_ONLY}<t:BodyType>RTF</t:BodyType>`, [id])],
    ['Deep', findItem(PAGE_OF(1)).replace('Shallow', 'Deep')],
    ['MaxEntriesReturned', findItem(PAGE_OF(1).replace('"1"', '"some"'))],
    ['BasePoint', findItem(PAGE_OF(1).replace(/ BasePoint="\w+"/, ''))],
    ['IsLike', findItem(PAGE_OF(1), where(equal(uri('item:Subject')).replaceAll('IsEqualTo', 'IsLike')))],
    ['PropertyType', findItem(PAGE_OF(1), '', field('<t:ExtendedFieldURI PropertyTag="0x0E08"/>'))],
    ['0x10E08', findItem(PAGE_OF(1), '', field(KEY.replace('0x0E08', '0x10E08')))],
    ['Money', findItem(PAGE_OF(1), '', field(KEY.replace('"Integer"', '"Money"')))],
    ['imbox', findItem(PAGE_OF(1)).replace('"inbox"', '"imbox"')],
    ['tomorrow', update(id, set(uri('item:ReminderDueBy'), '<t:ReminderDueBy>tomorrow</t:ReminderDueBy>'))],
    ['perhaps', update(id, set(uri('message:IsRead'), '<t:IsRead>perhaps</t:IsRead>'))],
    ['Urgent', update(id, set(uri('item:Importance'), '<t:Importance>Urgent</t:Importance>'))],
    ['Forward', `<m:MoveItem><m:ToFolderId>${INBOX}</m:ToFolderId><m:Forward/></m:MoveItem>`],
    ['Shredder', `<m:DeleteItem DeleteType="Shredder"><m:ItemIds>${list([id])}</m:ItemIds></m:DeleteItem>`],
    ['AttachmentIds', '<m:GetAttachment/>'],
    ['Id', getAttachment(id).replace(/ Id="[^"]*"/, '')],
  ] as const) {
    const request = envelope(operation);
    const [theirs, ours] = [await ews(request), await graph.post(request)];
    const [text, wanted] = [ours, theirs].map((answer) => readFault(t, answer, 'ErrorSchemaValidation').text);
    t.equal(text?.replace(GATEWAY_REQUEST, '').trim(), wanted, operation);
    t.match(text, name);
  }
  t.equal(graph.simulator.graph.requests.length, 0, 'Graph was not asked');
});

t.test('what an object or operation does not have is the error of each part', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t);
  const ids = await Promise.all(['one', 'two'].map(async (name) => (await mailbox.deliver(mail(name))).id));
  const [id = ''] = ids;
  const inTwo = (text: string): string => text.replace(INBOX, TWO);
  const findMime = findItem(PAGE_OF(1)).replace(ID_ONLY, `${ID_ONLY}<t:IncludeMimeContent>true</t:IncludeMimeContent>`);
  const twice = (code: string): readonly string[] => [code, code];
  for (const [operation, codes] of [
    [shaped(`${ID_ONLY}${field('folder:DisplayName')}`, ids), twice('ErrorInvalidPropertyRequest')],
    [inTwo(findItem(PAGE_OF(1), '', field('folder:DisplayName'))), twice('ErrorInvalidPropertyRequest')],
    [findFolder(`${ID_ONLY}${field('item:Subject')}`, '', TWO), twice('ErrorInvalidPropertyRequest')],
    [update(id, set(CALENDAR, '<t:Subject>x</t:Subject>')), ['ErrorInvalidPropertyRequest']],
    [
      update(id, `<t:DeleteItemField>${uri('folder:DisplayName')}</t:DeleteItemField>`),
      ['ErrorInvalidPropertyRequest'],
    ],
    [update(id, set(uri('item:Size'), '<t:Size>1</t:Size>')), ['ErrorInvalidPropertySet']],
    [update(id, set(EXTENDED, property(EXTENDED, ''))), ['NoError']],
    [update(id, set(EXTENDED, property(KEYWORDS, '1'))), ['ErrorUpdatePropertyMismatch']],
    [update(id, set(KEYWORDS, property(KEYWORDS, 'one'))), ['ErrorInvalidExtendedPropertyValue']],
    [inTwo(findMime), twice('ErrorInvalidPropertyForOperation')],
    [findItem(PAGE_OF(1), '', field('item:TextBody')), ['ErrorInvalidPropertyForOperation']],
    [findItem(PAGE_OF(1), '', field('item:Body', 'message:ToRecipients')), ['NoError']],
    [findItem(PAGE_OF(1), '', field('calendar:Start', 'contacts:GivenName')), ['NoError']],
    [inTwo(findItem(PAGE_OF(1), where(equal(uri('message:ToRecipients'))))), twice('ErrorUnsupportedPathForQuery')],
    [findItem(PAGE_OF(1), where(equal(uri('item:EffectiveRights')))), ['ErrorUnsupportedPathForQuery']],
    [findItem(PAGE_OF(1), where(contains('item:DateTimeReceived'))), ['ErrorContainsFilterWrongType']],
    [findItem(PAGE_OF(1), where(`<t:Exists>${uri('message:IsRead')}</t:Exists>`)), ['ErrorInvalidPropertyForExists']],
    [findItem(PAGE_OF(1), sort(KEY.replace('"Integer"', '"IntegerArray"'))), ['ErrorUnsupportedPathForSortGroup']],
    [findItem(PAGE_OF(1), sort(uri('message:CcRecipients'))), ['ErrorUnsupportedPathForSortGroup']],
    [findItem(PAGE_OF(1), '', field(KEY.replace('/>', ' PropertyName="x"/>'))), ['ErrorInvalidExtendedProperty']],
    [findItem('<m:FractionalPageItemView Numerator="3" Denominator="2"/>'), ['ErrorInvalidFractionalPagingParameters']],
    [findFolder(ID_ONLY, where(equal(uri('folder:EffectiveRights')))), ['ErrorUnsupportedPathForQuery']],
    [findFolder(ID_ONLY, where(contains('folder:TotalCount'))), ['ErrorContainsFilterWrongType']],
  ] as const) {
    const request = envelope(operation);
    const [theirs, ours] = [await ews(request), await graph.post(request)];
    t.same(codesOf(theirs.text), codes, operation);
    if (codes[0] !== 'NoError') t.same(withoutKnown(ours.text, KNOWN), withoutKnown(theirs.text, KNOWN), operation);
    t.same([ours.status, ...codesOf(ours.text)], [200, ...codes], operation);
  }
});
