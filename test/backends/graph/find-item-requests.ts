/** Random mailboxes and FindItem requests, and what an answer says. */
import fc from 'fast-check';
import { recipient } from '../../../src/simulator/mailbox/message.ts';
import type { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { envelope } from '../../support/envelopes.ts';

export interface Page {
  readonly code: string;
  /** Subjects' numbers, which tell the messages. */
  readonly ids: readonly string[];
  readonly offset: string | undefined;
  readonly denominator: string | undefined;
  readonly total: number;
  readonly includesLast: boolean;
}

export interface SeededMessage {
  readonly subject: string;
  /** Minutes. */
  readonly received: number;
  /** More than the minutes. */
  readonly milliseconds?: number;
  readonly isRead: boolean;
  readonly importance: 'low' | 'normal' | 'high';
  readonly categories: readonly string[];
  readonly length: number;
}

export const START = Date.UTC(2026, 0, 1);
/** No empty one: Graph does not tell an empty subject from none, so that it counts as absent there. */
const WORDS = [
  'Invoice',
  'invoice 7',
  'Ünïcode ✓',
  "O'Hara & <Sons>",
  '100% "sure"',
  '.',
  'a+b=c;#',
  '😀 mail',
] as const;

/** All have categories: simulated Exchange takes an empty list for a value that exists, Graph's is none. */
export const messages = (max: number): fc.Arbitrary<SeededMessage[]> =>
  fc.array(
    fc.record({
      subject: fc.constantFrom(...WORDS),
      received: fc.nat(30),
      isRead: fc.boolean(),
      importance: fc.constantFrom('low', 'normal', 'high'),
      categories: fc.subarray(['Red', 'Blue', 'Green'], { minLength: 1 }),
      length: fc.nat(5),
    }),
    { maxLength: max, size: 'max' },
  );

export function inboxOf(simulator: Simulator): Mailbox {
  const [mailbox] = simulator.exchange.mailboxes;
  if (mailbox === undefined) throw new Error('no mailbox');
  return mailbox;
}

/** Messages are told by their internet message ids. */
export function fill(mailbox: Mailbox, list: readonly SeededMessage[], folder = 'inbox'): void {
  for (const [index, one] of list.entries()) {
    const receivedAt = new Date(START + one.received * 60_000 + (one.milliseconds ?? 0));
    mailbox.add(
      {
        from: recipient(`sender${one.length}@fabrikam.test`),
        subject: one.subject,
        importance: one.importance,
        bodyText: 'x'.repeat(one.length * 10),
        internetMessageId: `<${index}@fabrikam.test>`,
        sentAt: receivedAt,
      },
      folder,
      { receivedAt, createdAt: receivedAt, isRead: one.isRead, categories: one.categories },
    );
  }
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

const uri = (name: string): string => `<t:FieldURI FieldURI="${name}"/>`;
const constant = (value: string): string => `<t:Constant Value="${escaped(value)}"/>`;

const COMPARED = fc.oneof(
  fc.tuple(fc.constant('item:Subject'), fc.constantFrom(...WORDS, 'INVOICE')),
  fc.tuple(
    fc.constantFrom('item:DateTimeReceived', 'item:DateTimeSent'),
    fc.nat(30).map((minutes) => new Date(START + minutes * 60_000).toISOString()),
  ),
  fc.tuple(fc.constantFrom('message:IsRead', 'item:HasAttachments', 'item:IsDraft'), fc.constantFrom('true', 'false')),
  fc.tuple(fc.constant('item:Importance'), fc.constantFrom('Low', 'Normal', 'High', 'Urgent')),
  fc.tuple(fc.constant('item:Categories'), fc.constantFrom('Red', 'blue', 'Black')),
  fc.tuple(fc.constant('item:Sensitivity'), fc.constantFrom('Normal', 'Private')),
  fc.tuple(fc.constant('item:ItemClass'), fc.constantFrom('IPM.Note', 'IPM.Post')),
  fc.tuple(
    fc.constant('message:InternetMessageId'),
    fc.nat(40).map((index) => `<${index}@fabrikam.test>`),
  ),
);

const LEAF = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(
        'IsEqualTo',
        'IsNotEqualTo',
        'IsGreaterThan',
        'IsGreaterThanOrEqualTo',
        'IsLessThan',
        'IsLessThanOrEqualTo',
      ),
      COMPARED,
    )
    .map(
      ([kind, [field, value]]) =>
        `<t:${kind}>${uri(field)}<t:FieldURIOrConstant>${constant(value)}</t:FieldURIOrConstant></t:${kind}>`,
    ),
  fc
    .tuple(
      fc.constantFrom('Substring', 'Prefixed', 'FullString', 'PrefixOnWords', 'ExactPhrase'),
      fc.constantFrom('IgnoreCase', 'Exact', 'Loose'),
      fc.constantFrom('invoice', "o'h", '✓', 'UNI', '%', 'a+b', '7'),
    )
    .map(
      ([mode, comparison, value]) =>
        `<t:Contains ContainmentMode="${mode}" ContainmentComparison="${comparison}">${uri('item:Subject')}${constant(
          value,
        )}</t:Contains>`,
    ),
  fc
    .constantFrom('item:Categories', 'item:Subject', 'message:From', 'item:InReplyTo')
    .map((field) => `<t:Exists>${uri(field)}</t:Exists>`),
  fc.constantFrom('1', '16').map((mask) => `<t:Excludes>${uri('item:Size')}<t:Bitmask Value="${mask}"/></t:Excludes>`),
);

const { restriction } = fc.letrec<{ restriction: string }>((tie) => ({
  restriction: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    LEAF,
    fc.array(tie('restriction'), { minLength: 1, maxLength: 3 }).map((all) => `<t:And>${all.join('')}</t:And>`),
    fc.array(tie('restriction'), { minLength: 1, maxLength: 3 }).map((all) => `<t:Or>${all.join('')}</t:Or>`),
    tie('restriction').map((one) => `<t:Not>${one}</t:Not>`),
  ),
}));

const VIEW = fc.oneof(
  fc
    .record({ max: fc.integer({ min: 1, max: 60 }), offset: fc.nat(320), end: fc.boolean() })
    .map(
      ({ max, offset, end }) =>
        `<m:IndexedPageItemView MaxEntriesReturned="${max}" Offset="${offset}" ` +
        `BasePoint="${end ? 'End' : 'Beginning'}"/>`,
    ),
  fc
    .record({ max: fc.integer({ min: 1, max: 60 }), numerator: fc.nat(4) })
    .map(
      ({ max, numerator }) =>
        `<m:FractionalPageItemView MaxEntriesReturned="${max}" Numerator="${numerator}" Denominator="4"/>`,
    ),
  fc.constant(''),
);

export const SORTABLE = [
  'item:DateTimeReceived',
  'item:DateTimeSent',
  'item:DateTimeCreated',
  'item:Subject',
  'item:Size',
  'item:Importance',
  'message:IsRead',
] as const;

export interface FindItemRequest {
  readonly view?: string;
  readonly restriction?: string | undefined;
  readonly sort?: readonly { readonly field: string; readonly descending: boolean }[];
  readonly folders?: readonly string[];
  readonly traversal?: string;
  readonly more?: string;
}

export const requests: fc.Arbitrary<FindItemRequest> = fc.record({
  view: VIEW,
  restriction: fc.option(restriction, { nil: undefined }),
  sort: fc.array(fc.record({ field: fc.constantFrom(...SORTABLE), descending: fc.boolean() }), { maxLength: 3 }),
  folders: fc.array(fc.constantFrom('inbox', 'drafts', 'inbox', 'root'), { minLength: 1, maxLength: 3 }),
  traversal: fc.constantFrom('Shallow', 'Shallow', 'Shallow', 'Shallow', 'SoftDeleted', 'Associated'),
});

export function findItem({
  view = '',
  restriction: condition,
  sort = [],
  folders = ['inbox'],
  traversal = 'Shallow',
  more = '',
}: FindItemRequest): string {
  const orders = sort.map(
    ({ field, descending }) =>
      `<t:FieldOrder Order="${descending ? 'Descending' : 'Ascending'}">${uri(field)}</t:FieldOrder>`,
  );
  return envelope(
    `<m:FindItem Traversal="${traversal}"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>` +
      `${uri('message:InternetMessageId')}</t:AdditionalProperties></m:ItemShape>${view}` +
      (condition === undefined ? '' : `<m:Restriction>${condition}</m:Restriction>`) +
      (orders.length === 0 ? '' : `<m:SortOrder>${orders.join('')}</m:SortOrder>`) +
      `<m:ParentFolderIds>${folders.map((id) => `<t:DistinguishedFolderId Id="${id}"/>`).join('')}` +
      `</m:ParentFolderIds>${more}</m:FindItem>`,
  );
}

/** One page for each folder. */
export function pagesIn(text: string): Page[] {
  return text
    .split(/<m:FindItemResponseMessage /)
    .slice(1)
    .map((message) => {
      const attribute = (name: string): string | undefined => new RegExp(` ${name}="([^"]*)"`).exec(message)?.[1];
      return {
        code: /<m:ResponseCode>(\w+)/.exec(message)?.[1] ?? '',
        ids: [...message.matchAll(/<t:InternetMessageId>&lt;(\d+)@/g)].map(([, id = '']) => id),
        offset: attribute('IndexedPagingOffset') ?? attribute('NumeratorOffset'),
        denominator: attribute('AbsoluteDenominator'),
        total: Number(attribute('TotalItemsInView')),
        includesLast: attribute('IncludesLastItemInRange') === 'true',
      };
    });
}
