/**
 * Rules that answers must keep for all EWS clients to read them, beyond what the schema says: what the EWS
 * Managed API, ews-java-api, ews-javascript-api, exchangelib, DavMail and evolution-ews each fail on.
 */
import { elementsIn, parseXml, type XmlElement } from '../../src/ews/parse-xml.ts';
import { isResponseCode } from '../../src/ews/response-codes.ts';
import { EWS_ERRORS, EWS_MESSAGES, EWS_TYPES, SOAP_11 } from '../../src/soap/namespaces.ts';
import { valueRules } from './value-rules.ts';

export interface AnswerToCheck {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export type Report = (rule: string) => void;

const DECLARATION = '<?xml version="1.0" encoding="utf-8"?>';
const LONGEST = 64 * 1024 * 1024;
/** Lists of a request of which each member gets a message. */
const PARTS: ReadonlySet<string> = new Set([
  'ItemIds',
  'FolderIds',
  'ParentFolderIds',
  'AttachmentIds',
  'Attachments',
  'Items',
  'Folders',
  'ItemChanges',
  'FolderChanges',
  'SourceIds',
  'Conversations',
  'RelativeFolderPath',
]);
const AFTER_ERROR: Readonly<Record<string, string>> = {
  CopyItem: 'Items',
  CreateItem: 'Items',
  GetFolder: 'Folders',
  GetItem: 'Items',
  MoveItem: 'Items',
  SyncFolderHierarchy: 'SyncState',
  SyncFolderItems: 'SyncState',
  UpdateItem: 'Items',
};
/** What a success always has behind its code. */
const CONTENT: Readonly<Record<string, string>> = {
  ...AFTER_ERROR,
  CreateAttachment: 'Attachments',
  CreateFolder: 'Folders',
  DeleteAttachment: 'RootItemId',
  FindFolder: 'RootFolder',
  FindItem: 'RootFolder',
  GetAttachment: 'Attachments',
  GetEvents: 'Notification',
  ResolveNames: 'ResolutionSet',
  Subscribe: 'SubscriptionId',
  UpdateFolder: 'Folders',
};
/** Operations whose messages have nothing but a code. */
const BARE = /^(?:DeleteFolder|EmptyFolder|MarkAllItemsAsRead|SendItem|DeleteItem|Unsubscribe)ResponseMessage$/;

/**
 * The rules that an answer breaks.
 *
 * @param request the request's document, for the rule that each of its parts has one message
 */
export function brokenRules({ status, headers, text }: AnswerToCheck, request?: string): readonly string[] {
  const broken: string[] = [];
  const report: Report = (rule) => broken.push(rule);
  const connection = headers['connection'];
  if (status >= 400 && status !== 500 && connection === 'close') report('no Connection: close on refusals');
  if (status !== 200 && status !== 500) return broken;
  if (headers['content-type'] !== 'text/xml; charset=utf-8') report(`Content-Type is ${headers['content-type']}`);
  lexicalRules(text, report);
  const isStream = text.startsWith('<Envelope');
  const envelopes = isStream ? text.split(/(?<=<\/Envelope>)/) : [text];
  if (!isStream && !text.startsWith(DECLARATION)) report('the XML declaration comes first');
  for (const envelope of envelopes) {
    const root = parseXml(envelope, LONGEST);
    if (status === 500) faultRules(root, envelope, report);
    else envelopeRules(root, isStream, report, request);
    for (const element of elementsIn(root)) valueRules(element, report);
  }
  return broken;
}

function lexicalRules(text: string, report: Report): void {
  const body = text.slice(text.startsWith(DECLARATION) ? DECLARATION.length : 0);
  if (/<!|<\?/.test(body)) report('no DTD, comments, CDATA or processing instructions');
  if (/<(?:\w+:)?Header[^>]*\/>/.test(body)) report('Header is not self-closed');
  const [selfClosed] =
    /<t:(?:Message|Item|PostItem|Meeting\w+|\w*Folder|To|InternalReply|ExternalReply)\/>|<m:RootFolder[^>]*\/>/.exec(
      body,
    ) ?? [];
  if (selfClosed !== undefined) report(`${selfClosed} is self-closed`);
  if (/&#(?!xD;|xA;|x9;)/.test(body)) report('no character references but white space');
  // oxlint-disable-next-line no-control-regex -- what XML 1.0 forbids is the point
  if (/[\x00-\x08\x0b-\x1f\ufffe\uffff]/.test(body)) report('no control characters, and CR as a reference');
  if (/>[ \t\r\n]+<\/t:/.test(body)) report('no elements of blanks only');
  for (const [, prefix, uri] of body.matchAll(/xmlns:(m|t|e|s|soap)="([^"]+)"/g)) {
    const own = { m: EWS_MESSAGES, t: EWS_TYPES, e: EWS_ERRORS, s: SOAP_11, soap: SOAP_11 }[prefix ?? ''];
    if (own !== uri && !(uri ?? '').includes('soap-envelope')) report(`the prefix ${prefix} is bound to ${uri}`);
  }
}

function named(parent: XmlElement | undefined, name: string): XmlElement | undefined {
  return parent?.children.find(({ localName }) => localName === name);
}

function faultRules(root: XmlElement, text: string, report: Report): void {
  const fault = named(named(root, 'Body'), 'Fault');
  const detail = named(fault, 'detail');
  if (fault === undefined) return report('HTTP 500 has a fault');
  if (root.namespace === SOAP_11 && (detail === undefined || !text.includes('<detail>')))
    report('detail has no prefix and is not self-closed');
  const code = named(detail, 'ResponseCode')?.text ?? '';
  if (!isResponseCode(code)) report(`a fault has a code that all clients know, not ${code}`);
  if ((named(fault, 'faultstring')?.text ?? '').trim() === '') report('a faultstring says something');
}

function envelopeRules(root: XmlElement, isStream: boolean, report: Report, request?: string): void {
  const names = root.children.map(({ localName }) => localName).join(' ');
  if (names !== 'Header Body') report(`an Envelope has Header and Body, not ${names}`);
  const version = named(named(root, 'Header'), 'ServerVersionInfo');
  const numbers = ['MajorVersion', 'MinorVersion', 'MajorBuildNumber', 'MinorBuildNumber'];
  if (!isStream && numbers.some((name) => !/^\d+$/.test(version?.attributes.get(name) ?? '')))
    report('ServerVersionInfo has four numbers');
  const [response, ...more] = named(root, 'Body')?.children ?? [];
  if (response === undefined || more.length > 0 || response.namespace !== EWS_MESSAGES)
    return report('a Body has one response of EWS');
  const operation = response.localName.replace(/Response$/, '');
  const messages = named(response, 'ResponseMessages')?.children ?? [];
  for (const message of messages) messageRules(message, operation, report);
  if (request !== undefined && !isStream && messages.length > 0) countRule(messages.length, request, report);
}

/** One message for each part of the request, one where it has no list of them. */
function countRule(count: number, request: string, report: Report): void {
  const operation = named(parseXml(request, LONGEST), 'Body')?.children[0];
  const list = operation?.children.find(({ localName }) => PARTS.has(localName));
  if (operation?.localName === 'ResolveNames' || list === undefined) {
    if (count !== 1 && !/^(?:GetMailTips|GetServiceConfiguration)$/.test(operation?.localName ?? ''))
      report(`${count} messages for one request`);
  } else if (count !== list.children.length) report(`${count} messages for ${list.children.length} parts`);
}

function messageRules(message: XmlElement, operation: string, report: Report): void {
  const { children, attributes, localName } = message;
  const names = children.map((child) => child.localName);
  const isFine = attributes.get('ResponseClass') === 'Success';
  const code = named(message, 'ResponseCode')?.text ?? '';
  if (!/^(?:Success|Warning|Error)$/.test(attributes.get('ResponseClass') ?? '')) report('a message has its class');
  if (code !== 'NoError' && !isResponseCode(code)) report(`all clients know the code, not ${code}`);
  if (isFine !== (code === 'NoError')) report(`class and code agree: ${code}`);
  if (isFine) {
    if (names[0] !== 'ResponseCode' || names.includes('MessageText') || names.includes('DescriptiveLinkKey'))
      report(`a success begins with its code: ${names.join(' ')}`);
    const content = CONTENT[operation];
    if (content !== undefined && !names.includes(content)) report(`${operation} has ${content}`);
    if (BARE.test(localName) && names.length > 1) report(`${localName} has nothing but a code`);
    contentRules(message, operation, report);
    return;
  }
  if (!names.join(' ').startsWith('MessageText ResponseCode DescriptiveLinkKey'))
    report(`an error has MessageText, ResponseCode, DescriptiveLinkKey: ${names.join(' ')}`);
  if ((named(message, 'MessageText')?.text ?? '').trim() === '') report('an error says something');
  if (named(message, 'DescriptiveLinkKey')?.text !== '0') report('DescriptiveLinkKey is 0');
  const after = AFTER_ERROR[operation];
  if (after !== undefined && !names.includes(after)) report(`${after} follows an error of ${operation}`);
}

function contentRules(message: XmlElement, operation: string, report: Report): void {
  const names = message.children.map((child) => child.localName);
  const at = (...path: readonly string[]): XmlElement | undefined =>
    path.reduce(named, message as XmlElement | undefined);
  if (/^(?:GetItem|UpdateFolder|GetFolder|CreateFolder|GetAttachment|CreateAttachment)$/.test(operation)) {
    const list = message.children[1];
    if (list?.children.length !== 1) report(`${operation} answers with one object`);
  }
  if (operation === 'UpdateItem' && at('ConflictResults', 'Count') === undefined) report('UpdateItem counts conflicts');
  if (operation.startsWith('Sync')) {
    const [, , includes, changes] = names;
    if (!/^IncludesLast(?:Item|Folder)InRange$/.test(includes ?? '') || changes !== 'Changes')
      report(`the order in a synchronisation: ${names.join(' ')}`);
  }
  if (operation === 'GetStreamingEvents' && names.includes('Notifications') && names.includes('ConnectionStatus'))
    report('notifications or a status, not both');
  if (operation === 'GetEvents' && (at('Notification')?.children.length ?? 0) < 4) report('at least a StatusEvent');
  const set = at('ResolutionSet');
  if (set !== undefined && Number(set.attributes.get('TotalItemsInView')) !== set.children.length)
    report('TotalItemsInView is the number of resolutions');
}
