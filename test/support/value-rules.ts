/** The rules of answer-rules.ts that concern one element wherever it stands. */
import type { XmlElement } from '../../src/ews/parse-xml.ts';
import { EWS_TYPES } from '../../src/soap/namespaces.ts';
import type { Report } from './answer-rules.ts';

const DATES = new RegExp(
  '^(?:DateTime\\w+|LastModifiedTime|ReminderDueBy|TimeStamp|StartTime|EndTime|DueDate|StartDate|CompleteDate|' +
    'LastDeliveryTime)$',
);
const TRUTHS = /^(?:Is[A-Z]\w*|HasAttachments|IncludesLast\w+InRange|MoreEvents|MailboxFull)$/;
const NUMBERS = /^(?:Size|TotalCount|UnreadCount|ChildFolderCount|MessageCount|ReminderMinutesBeforeStart)$/;
/** Empty ones make clients fail or loop. */
const NEVER_EMPTY: ReadonlySet<string> = new Set([
  'Attachments',
  'From',
  'Sender',
  'ReceivedBy',
  'ReceivedRepresenting',
  'ToRecipients',
  'CcRecipients',
  'BccRecipients',
  'ReplyTo',
  'Mailbox',
  'Categories',
  'InternetMessageHeaders',
  'LastModifiedTime',
  'DueDate',
]);

/** Times of a CalendarEvent are those of the client's zone, without an offset, and no moments as all others are. */
const localTimes = new WeakSet<XmlElement>();

export function valueRules(element: XmlElement, report: Report): void {
  const { localName, namespace, children, text, attributes } = element;
  if (localName === 'RootFolder') pagingRules(element, report);
  if (localName === 'CalendarEvent')
    for (const child of children) {
      if (!/^(?:Start|End)Time$/.test(child.localName)) continue;
      localTimes.add(child);
      if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(child.text))
        report(`${child.localName} is a local time, not ${child.text}`);
    }
  if (namespace !== EWS_TYPES) return;
  const isLeaf = children.length === 0;
  if (isLeaf && DATES.test(localName) && !localTimes.has(element) && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text))
    report(`${localName} is a date in whole seconds and UTC, not ${text}`);
  if (isLeaf && TRUTHS.test(localName) && !/^(?:true|false)$/.test(text)) report(`${localName} is true or false`);
  if (isLeaf && NUMBERS.test(localName) && (!/^-?\d{1,10}$/.test(text) || Number(text) > 2_147_483_647))
    report(`${localName} is a 32-bit integer, not ${text}`);
  if (isLeaf && text === '' && attributes.size === 0 && NEVER_EMPTY.has(localName)) report(`${localName} is empty`);
  if (/^(?:ItemId|FolderId)$/.test(localName) && (attributes.get('Id') ?? '') === '') report(`${localName} has an Id`);
  if (/^(?:Body|UniqueBody|NormalizedBody|TextBody)$/.test(localName) && attributes.has('BodyType'))
    if (!/^(?:HTML|Text)$/.test(attributes.get('BodyType') ?? '')) report('BodyType is HTML or Text');
  if (localName === 'ExtendedFieldURI' && !/^(?:0x[1-9a-f][0-9a-f]{0,3})?$/.test(attributes.get('PropertyTag') ?? ''))
    report(`PropertyTag is lower-case and without zeros, not ${attributes.get('PropertyTag')}`);
  if (localName === 'FileAttachment') {
    const at = children.findIndex((child) => child.localName === 'Content');
    if (at !== -1 && at !== children.length - 1) report('Content comes last');
  }
  const isItem = /^(?:Message|PostItem|Meeting\w+)$/.test(localName) && children[0]?.localName === 'ItemId';
  if (isItem && !children[0]?.attributes.has('ChangeKey')) report('an item has a ChangeKey');
}

/** Pages go on, and the last one says so. */
function pagingRules({ attributes, children }: XmlElement, report: Report): void {
  const last = attributes.get('IncludesLastItemInRange');
  const total = Number(attributes.get('TotalItemsInView') ?? Number.NaN);
  const offset = attributes.get('IndexedPagingOffset') ?? attributes.get('NumeratorOffset');
  const entries = children[0]?.children.length ?? 0;
  if (last !== 'true' && last !== 'false') report('RootFolder says whether it is the last page');
  if (Number.isNaN(total) || total < entries) report('TotalItemsInView is the true count');
  if (offset === undefined || (last === 'false' && (Number(offset) === 0 || entries === 0)))
    report('a page that is not the last leads to another');
}
