import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { EwsElement } from '../../../src/ews/element.ts';
import { violationOf } from '../../../src/ews/schema/request-validation.ts';
import { escapeXml } from '../../../src/soap/escape.ts';
import { EWS_MESSAGES, EWS_TYPES } from '../../../src/soap/namespaces.ts';
import { Dice } from '../../fuzz/cases.ts';
import { runs } from '../../support/effort.ts';
import { envelope } from '../../support/envelopes.ts';
import { schemaErrors } from '../../support/ews-schema.ts';
import { operationIn } from '../../support/request-element.ts';

const CAPTURES = join(import.meta.dirname, '../../fixtures/captures');
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
/** Parts of the schema that the recorded clients do not use. */
const MORE = [
  '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
    '<m:FractionalPageItemView Numerator="1" Denominator="2"/><m:Restriction><t:And><t:Not><t:Exists>' +
    '<t:ExtendedFieldURI PropertyTag="0x0e08" PropertyType="Integer"/></t:Exists></t:Not><t:Contains ' +
    'ContainmentMode="Substring" ContainmentComparison="IgnoreCase"><t:FieldURI FieldURI="item:Subject"/>' +
    '<t:Constant Value="x"/></t:Contains></t:And></m:Restriction><m:SortOrder><t:FieldOrder Order="Ascending">' +
    '<t:IndexedFieldURI FieldURI="item:InternetMessageHeader" FieldIndex="Date"/></t:FieldOrder></m:SortOrder>' +
    '<m:ParentFolderIds><t:FolderId Id="AAA="/></m:ParentFolderIds></m:FindItem>',
  '<m:Subscribe><m:PullSubscriptionRequest SubscribeToAllFolders="true"><t:EventTypes><t:EventType>NewMailEvent' +
    '</t:EventType></t:EventTypes><t:Timeout>10</t:Timeout></m:PullSubscriptionRequest></m:Subscribe>',
  '<m:SyncFolderItems><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape><m:SyncFolderId>' +
    '<t:DistinguishedFolderId Id="inbox"/></m:SyncFolderId><m:MaxChangesReturned>512</m:MaxChangesReturned>' +
    '</m:SyncFolderItems>',
  '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:CalendarItem><t:Start>2026-02-28T10:00:00Z</t:Start>' +
    '<t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Monday Friday</t:DaysOfWeek>' +
    '</t:WeeklyRecurrence><t:NumberedRecurrence><t:StartDate>2026-02-28Z</t:StartDate><t:NumberOfOccurrences>5' +
    '</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence></t:CalendarItem></m:Items></m:CreateItem>',
  '<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>a@contoso.test</t:Address></t:Mailbox>' +
    '</m:GetUserOofSettingsRequest>',
];
/** Documents that the memory of xmllint holds. */
const AT_ONCE = 1_000;
/** Values of one type, and of none. */
const VALUES = [
  ['', ' ', 'x', 'true', 'False', '0', '1', ' 12 ', '-1', '65536', '3000000000', '99999999999999999999', '1.5'],
  ['Shallow', 'IdOnly', 'inbox', 'item:Subject', 'item:Subjekt', '0x0E08', '0X1', 'AAAA', 'AAA', '{x}'],
  ['2026-02-28T00:00:00', '2026-02-30T00:00:00Z', '2024-02-29T24:00:00Z', '2026-02-28', '2026-02-28+15:00'],
  ['11111111-2222-3333-4444-555555555555', 'PT1H', '-P1Y', 'P', 'en-US', '12:00:00', 'INF', 'Monday Friday'],
].flat();

type Draft = { -readonly [K in keyof EwsElement]: EwsElement[K] } & {
  children: Draft[];
  attributes: Map<string, string>;
};

function requests(): EwsElement[] {
  const recorded = readdirSync(CAPTURES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.http'))
    .toSorted()
    .map((name) => readFileSync(join(CAPTURES, name)))
    .map((raw) => raw.subarray(raw.indexOf('\r\n\r\n') + 4))
    .filter((body) => body.length > 0);
  return [...recorded, ...MORE.map((operation) => Buffer.from(envelope(operation)))].map(operationIn);
}

/** @param content base64 in place of what was spooled */
function markup({ namespace, localName, attributes, children, text, content }: EwsElement): string {
  const prefix = { [EWS_MESSAGES]: 'm', [EWS_TYPES]: 't' }[namespace] ?? 'x';
  const list = [...attributes].map(
    ([name, value]) => ` ${name.replace(`${XSI} `, 'xsi:').replace('urn:other ', 'x:')}="${escapeXml(value)}"`,
  );
  const inner = children.length > 0 ? children.map(markup).join('') : content === undefined ? escapeXml(text) : '';
  return `<${prefix}:${localName}${list.join('')}>${inner}</${prefix}:${localName}>`;
}

function documentOf(request: EwsElement): string {
  const declarations = `xmlns:m="${EWS_MESSAGES}" xmlns:t="${EWS_TYPES}" xmlns:x="urn:other" xmlns:xsi="${XSI}"`;
  return markup(request).replace(/^<[\w:]+/, (start) => `${start} ${declarations}`);
}

function draftOf(element: EwsElement): Draft {
  return { ...element, attributes: new Map(element.attributes), children: element.children.map(draftOf) };
}

function allIn(element: Draft): Draft[] {
  return [element, ...element.children.flatMap(allIn)];
}

/** Changes one thing that a schema may mind. */
function mutate(dice: Dice, request: Draft, others: readonly Draft[]): void {
  const element = dice.pick(allIn(request));
  const { children, attributes } = element;
  const at = dice.below(Math.max(children.length, 1));
  switch (dice.below(9)) {
    case 0:
      children.splice(at, 1);
      break;
    case 1:
      if (children[at] !== undefined) children.splice(at, 0, draftOf(children[at]));
      break;
    case 2:
      children.reverse();
      break;
    case 3:
      if (element !== request) element.localName = dice.pick(others).localName;
      break;
    case 4:
      if (element !== request) element.namespace = dice.pick([EWS_MESSAGES, EWS_TYPES, 'urn:other']);
      break;
    case 5:
      children.splice(at, 0, draftOf(dice.pick(others)));
      element.text = '';
      break;
    case 6:
      if (attributes.size > 0) attributes.set(dice.pick([...attributes.keys()]), dice.pick(VALUES));
      break;
    case 7:
      if (attributes.size > 0 && dice.chance(2)) attributes.delete(dice.pick([...attributes.keys()]));
      else attributes.set(dice.pick(['Id', 'FieldURI', 'Unknown', 'urn:other x', `${XSI} nil`]), dice.pick(VALUES));
      break;
    default:
      // A blank in an element that is to be empty is no violation to us, and one to libxml2: clients may indent.
      if (children.length === 0 && element.content === undefined)
        element.text = dice.pick(element.text === '' ? VALUES.filter((value) => value.trim() !== '') : VALUES);
  }
}

t.test('requests that libxml2 finds valid are, and no others', async (t) => {
  const originals = requests().map(draftOf);
  const others = originals.flatMap(allIn);
  const dice = new Dice(20_260_101);
  const mutated = Array.from({ length: runs(6_000) }, () => {
    const request = draftOf(dice.pick(originals));
    for (let changes = 1 + dice.below(2); changes > 0; changes--) mutate(dice, request, others);
    return request;
  });
  const all = [...originals, ...mutated];
  const documents = all.map(documentOf);
  const errors = new Map<number, string>();
  for (let start = 0; start < documents.length; start += AT_ONCE)
    for (const error of await schemaErrors(documents.slice(start, start + AT_ONCE)))
      errors.set(start + Number.parseInt(error, 10), error);
  const disagreements = all.flatMap((request, index) => {
    const ours = violationOf(request);
    const theirs = errors.get(index);
    return (ours === undefined) === (theirs === undefined) ? [] : [{ ours, theirs, document: documents[index] }];
  });
  t.same(disagreements.slice(0, 5), []);
  t.ok(errors.size > mutated.length / 3 && errors.size < (mutated.length * 9) / 10, `${errors.size} were not valid`);
});
