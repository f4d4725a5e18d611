/**
 * Requests for changes and notifications as the EWS Managed API 2.2 writes them. None was recorded: the envelope is
 * that of its recorded requests (test/fixtures/captures/managed-api), the operations follow its published source.
 *
 * @see https://github.com/OfficeDev/ews-managed-api (Core/Requests: SyncFolderItemsRequest, SubscribeRequest, …)
 */

/** The library indents what it writes. */
type Lines = readonly string[];

const empty = (tag: string): Lines => [`<${tag} />`];
const text = (tag: string, value: string): Lines => [`<${tag}>${value}</${tag}>`];
const element = (tag: string, ...inner: readonly Lines[]): Lines => [
  `<${tag}>`,
  ...inner.flat().map((line) => `  ${line}`),
  `</${tag}>`,
];
/** What is not asked for is not written. */
const optional = (tag: string, value: string | undefined): Lines => (value === undefined ? [] : text(tag, value));
const folder = (name: string): Lines => empty(`t:DistinguishedFolderId Id="${name}"`);

function managedEnvelope(operation: Lines): string {
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<soap:Envelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ' +
      'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" ' +
      'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" ' +
      'xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">',
    '  <soap:Header>',
    '    <t:RequestServerVersion Version="Exchange2010_SP2" />',
    '  </soap:Header>',
    '  <soap:Body>',
    ...operation.map((line) => `    ${line}`),
    '  </soap:Body>',
    '</soap:Envelope>',
  ].join('\n');
}

/** PropertySet.FirstClassProperties, the default. */
export function syncFolderHierarchy(syncState?: string): string {
  return managedEnvelope(
    element(
      'm:SyncFolderHierarchy',
      element('m:FolderShape', text('t:BaseShape', 'AllProperties')),
      element('m:SyncFolderId', folder('msgfolderroot')),
      optional('m:SyncState', syncState),
    ),
  );
}

/** @param ignored ids of items */
export function syncFolderItems(most: number, syncState?: string, ignored: readonly string[] = []): string {
  const wanted = ['item:Subject', 'item:HasAttachments', 'message:IsRead'];
  return managedEnvelope(
    element(
      'm:SyncFolderItems',
      element(
        'm:ItemShape',
        text('t:BaseShape', 'IdOnly'),
        element('t:AdditionalProperties', ...wanted.map((uri) => empty(`t:FieldURI FieldURI="${uri}"`))),
      ),
      element('m:SyncFolderId', folder('inbox')),
      optional('m:SyncState', syncState),
      ignored.length === 0 ? [] : element('m:Ignore', ...ignored.map((id) => empty(`t:ItemId Id="${id}"`))),
      text('m:MaxChangesReturned', String(most)),
      text('m:SyncScope', 'NormalItems'),
    ),
  );
}

/** @param types without `Event` */
export function subscribe(kind: 'Pull' | 'Streaming', types: readonly string[]): string {
  return managedEnvelope(
    element(
      'm:Subscribe',
      element(
        `m:${kind}SubscriptionRequest`,
        element('t:FolderIds', folder('inbox')),
        element('t:EventTypes', ...types.map((type) => text('t:EventType', `${type}Event`))),
        optional('t:Timeout', kind === 'Pull' ? '30' : undefined),
      ),
    ),
  );
}

export function getEvents(subscription: string, watermark: string): string {
  return managedEnvelope(
    element('m:GetEvents', text('m:SubscriptionId', subscription), text('m:Watermark', watermark)),
  );
}

/** @param minutes from 1 to 30 */
export function getStreamingEvents(subscription: string, minutes: number): string {
  return managedEnvelope(
    element(
      'm:GetStreamingEvents',
      element('m:SubscriptionIds', text('t:SubscriptionId', subscription)),
      text('m:ConnectionTimeout', String(minutes)),
    ),
  );
}

export function unsubscribe(subscription: string): string {
  return managedEnvelope(element('m:Unsubscribe', text('m:SubscriptionId', subscription)));
}
