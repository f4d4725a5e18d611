import t from 'tap';
import { child } from '../../src/ews/element.ts';
import { extendedField, extendedFieldUri } from '../../src/ews/extended-field.ts';
import { matches, type FieldValue } from '../../src/ews/matches.ts';
import { pageRange, pageView } from '../../src/ews/paging.ts';
import { ResponseError } from '../../src/ews/response-messages.ts';
import { parseRestriction } from '../../src/ews/restriction.ts';
import { itemShape } from '../../src/ews/shape.ts';
import { compareBy, sortOrder } from '../../src/ews/sort-order.ts';
import type { Field } from '../../src/ews/field.ts';
import { findItemElement } from '../support/request-element.ts';

const VALUES: Readonly<Record<string, FieldValue>> = {
  'item:Subject': 'R\u00e9sum\u00e9 of work',
  'item:Size': 6,
  'message:IsRead': true,
  'item:DateTimeReceived': new Date('2026-01-02T03:04:05Z'),
  'item:DateTimeSent': new Date('2026-01-02T03:04:00Z'),
  'item:Categories': ['Red', 'Blue'],
};
const valueOf = (field: Field): FieldValue => (field.kind === 'named' ? VALUES[field.uri] : undefined);

function fits(expression: string): boolean {
  const restriction = parseRestriction(
    child(findItemElement(`<m:Restriction>${expression}</m:Restriction>`), 'Restriction'),
  );
  if (restriction === undefined) throw new Error('no restriction');
  return matches(restriction, valueOf);
}

/** The response code that something is refused with. */
function codeOf(refused: () => unknown): string {
  try {
    refused();
  } catch (error) {
    if (error instanceof ResponseError) return error.responseCode;
    throw error;
  }
  return 'nothing was refused';
}

const uri = (name: string): string => `<t:FieldURI FieldURI="${name}"/>`;
const compare = (kind: string, name: string, value: string): string =>
  `<t:${kind}>${uri(name)}<t:FieldURIOrConstant><t:Constant Value="${value}"/></t:FieldURIOrConstant></t:${kind}>`;
const contains = (value: string, mode: string, comparison: string): string =>
  `<t:Contains ContainmentMode="${mode}" ContainmentComparison="${comparison}">${uri('item:Subject')}` +
  `<t:Constant Value="${value}"/></t:Contains>`;

t.test('comparisons take constants as what the property is', async (t) => {
  for (const value of ['1', 'true', 'TRUE']) t.ok(fits(compare('IsEqualTo', 'message:IsRead', value)), value);
  for (const value of ['0', 'false']) t.notOk(fits(compare('IsEqualTo', 'message:IsRead', value)), value);
  for (const value of ['2026-01-02T03:04:05Z', '2026-01-02T04:04:05.0000000+01:00', '2026-01-02T03:04:05.000'])
    t.ok(fits(compare('IsEqualTo', 'item:DateTimeReceived', value)), value);
  t.ok(fits(compare('IsLessThan', 'item:Size', '10')), 'numbers, not text');
  t.notOk(fits(compare('IsGreaterThan', 'item:Size', '6')));
  t.ok(fits(compare('IsGreaterThanOrEqualTo', 'item:Size', '6')));
  t.ok(fits(compare('IsLessThanOrEqualTo', 'item:Size', '6')));
  t.ok(fits(compare('IsEqualTo', 'item:Categories', 'blue')), 'one of a list');
  t.ok(fits(compare('IsNotEqualTo', 'item:InReplyTo', 'x')), 'nothing is unequal');
  t.notOk(fits(compare('IsEqualTo', 'item:InReplyTo', '')), 'and equal to nothing');
  t.ok(
    fits(
      `<t:IsGreaterThan>${uri('item:DateTimeReceived')}<t:FieldURIOrConstant>${uri('item:DateTimeSent')}` +
        '</t:FieldURIOrConstant></t:IsGreaterThan>',
    ),
    'a property with another',
  );
});

t.test('expressions combine', async (t) => {
  const [yes, no] = [compare('IsEqualTo', 'item:Size', '6'), compare('IsEqualTo', 'item:Size', '7')];
  t.same([fits(`<t:And>${yes}${yes}</t:And>`), fits(`<t:And>${yes}${no}</t:And>`)], [true, false]);
  t.same([fits(`<t:Or>${no}${yes}</t:Or>`), fits(`<t:Or>${no}${no}</t:Or>`)], [true, false]);
  t.same([fits(`<t:Not>${no}</t:Not>`), fits(`<t:Not>${yes}</t:Not>`)], [true, false]);
  t.same(
    [fits(`<t:Exists>${uri('item:Size')}</t:Exists>`), fits(`<t:Exists>${uri('item:Body')}</t:Exists>`)],
    [true, false],
  );
  const excludes = (mask: string): boolean =>
    fits(`<t:Excludes>${uri('item:Size')}<t:Bitmask Value="${mask}"/></t:Excludes>`);
  t.same(['9', '0x9', '2', '0X4'].map(excludes), [true, true, false, false]);
});

t.test('containment has modes and comparisons', async (t) => {
  t.ok(fits(contains('R\u00e9sum\u00e9 of work', 'FullString', 'Exact')));
  t.notOk(fits(contains('r\u00e9sum\u00e9 of work', 'FullString', 'Exact')));
  t.ok(fits(contains('r\u00e9sum\u00e9', 'Prefixed', 'IgnoreCase')));
  t.ok(fits(contains('Resume', 'Prefixed', 'IgnoreNonSpacingCharacters')));
  t.notOk(fits(contains('resume', 'Prefixed', 'IgnoreNonSpacingCharacters')));
  for (const comparison of ['Loose', 'IgnoreCaseAndNonSpacingCharacters', 'LooseAndIgnoreCaseAndIgnoreNonSpace'])
    t.ok(fits(contains('resume', 'Substring', comparison)), comparison);
  t.same(
    ['wor', 'ork'].map((value) => fits(contains(value, 'PrefixOnWords', 'Exact'))),
    [true, false],
  );
  t.same(
    ['of work', 'of wor'].map((value) => fits(contains(value, 'ExactPhrase', 'Exact'))),
    [true, false],
  );
});

t.test('what is no restriction is refused', async (t) => {
  for (const wrong of [
    '',
    '<t:And/>',
    '<t:Near/>',
    `<t:Excludes>${uri('item:Size')}<t:Bitmask Value="x"/></t:Excludes>`,
  ])
    t.equal(
      codeOf(() => fits(wrong)),
      'ErrorInvalidRestriction',
      wrong,
    );
  const deep = `${'<t:Not>'.repeat(100)}${compare('IsEqualTo', 'item:Size', '6')}${'</t:Not>'.repeat(100)}`;
  t.equal(
    codeOf(() => fits(deep)),
    'ErrorRestrictionTooComplex',
  );
});

t.test('extended properties are the same in every notation, and echoed in one', async (t) => {
  const field = (attributes: string): ReturnType<typeof extendedField> => {
    const [element] = findItemElement(`<t:ExtendedFieldURI ${attributes}/>`).children;
    if (element === undefined) throw new Error('no element');
    return extendedField(element);
  };
  const hexadecimal = field('PropertyTag="0x0E07" PropertyType="Integer"');
  t.equal(hexadecimal.key, field('PropertyTag="3591" PropertyType="Integer"').key);
  t.equal(extendedFieldUri(hexadecimal).markup, '<t:ExtendedFieldURI PropertyTag="0xe07" PropertyType="Integer"/>');
  const named = field('DistinguishedPropertySetId="Common" PropertyId="34096" PropertyType="Boolean"');
  const guid = field(
    'PropertySetId="{00062008-0000-0000-C000-000000000046}" PropertyId="0x8530" PropertyType="Boolean"',
  );
  t.equal(named.key, guid.key);
  t.not(named.key, field('DistinguishedPropertySetId="Task" PropertyId="34096" PropertyType="Boolean"').key);
  for (const wrong of [
    'PropertyTag="0xe07"',
    'PropertyId="1" PropertyType="Integer"',
    'PropertyTag="x" PropertyType="Integer"',
  ])
    t.equal(
      codeOf(() => field(wrong)),
      'ErrorInvalidExtendedProperty',
      wrong,
    );
});

t.test('shapes, views and orders are read', async (t) => {
  const shape = itemShape(
    child(
      findItemElement(
        '<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>' +
          '<t:BodyType>Text</t:BodyType><t:AdditionalProperties><t:FieldURI FieldURI="item:Subject"/>' +
          '<t:IndexedFieldURI FieldURI="item:InternetMessageHeader" FieldIndex="Date"/>' +
          '</t:AdditionalProperties></m:ItemShape>',
      ),
      'ItemShape',
    ),
  );
  t.match(shape, { base: 'IdOnly', bodyType: 'Text', uniqueBodyType: 'Text', headers: ['Date'] });
  t.same([...shape.fields], ['item:Subject', 'item:MimeContent']);
  const view = (attributes: string): ReturnType<typeof pageView> =>
    pageView(findItemElement(`<m:IndexedPageItemView ${attributes}/>`));
  t.same(pageRange(view('MaxEntriesReturned="3" Offset="2" BasePoint="Beginning"'), 10), {
    start: 2,
    end: 5,
    nextOffset: 5,
    includesLast: false,
  });
  t.same(pageRange(view('MaxEntriesReturned="3" Offset="8" BasePoint="End"'), 10), {
    start: 0,
    end: 2,
    nextOffset: 10,
    includesLast: true,
  });
  t.same(pageRange(view('Offset="20" BasePoint="Beginning"'), 10), {
    start: 10,
    end: 10,
    nextOffset: 10,
    includesLast: true,
  });
  t.equal(
    codeOf(() => view('Offset="-1" BasePoint="Beginning"')),
    'ErrorInvalidIndexedPagingParameters',
  );
  const half = pageView(
    findItemElement('<m:FractionalPageFolderView Numerator="1" Denominator="2" MaxEntriesReturned="2"/>'),
  );
  t.same(pageRange(half, 10), { start: 5, end: 7, nextOffset: 7, includesLast: false });
  const keys = sortOrder(
    child(
      findItemElement(`<m:SortOrder><t:FieldOrder Order="Descending">${uri('item:Size')}</t:FieldOrder></m:SortOrder>`),
      'SortOrder',
    ),
  );
  const sizes = [{ size: 1 }, { size: 10 }, { size: undefined }, { size: 9 }];
  const sorted = sizes
    .toSorted((a, b) =>
      compareBy(
        keys,
        () => a.size,
        () => b.size,
      ),
    )
    .map(({ size }) => size);
  t.same(sorted, [10, 9, 1, undefined]);
});
