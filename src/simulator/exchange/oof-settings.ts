/**
 * Automatic replies of mailboxes.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/oofsettings
 */
import { child, textAt, type EwsElement } from '../../ews/element.ts';
import { ResponseError } from '../../ews/response-messages.ts';
import { dateTime, element, xml, type XmlFragment } from '../../ews/xml.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import { dateOf } from './item-input.ts';

export class OofSettings {
  state = 'Disabled';
  audience = 'All';
  start: Date;
  end: Date;
  internalReply = '';
  externalReply = '';

  constructor(now = new Date()) {
    this.start = now;
    this.end = new Date(now.getTime() + 86_400_000);
  }

  /** What is answered now, '' where nothing is. */
  activeReply(now = new Date()): string {
    const isDue = this.state === 'Scheduled' && this.start <= now && now < this.end;
    return this.state === 'Enabled' || isDue ? this.internalReply : '';
  }

  /** `t:UserOofSettings`. @throws ResponseError */
  set(given: EwsElement | undefined): void {
    const state = textAt(given, 'OofState') ?? 'Disabled';
    const duration = child(given, 'Duration');
    if (duration !== undefined) {
      const start = dateOf(textAt(duration, 'StartTime') ?? '');
      const end = dateOf(textAt(duration, 'EndTime') ?? '');
      if (end <= start) throw new ResponseError('ErrorInvalidScheduledOofDuration', 'The duration is not valid.');
      this.start = start;
      this.end = end;
    } else if (state === 'Scheduled')
      throw new ResponseError('ErrorInvalidScheduledOofDuration', 'The duration is missing.');
    this.state = state;
    this.audience = textAt(given, 'ExternalAudience') ?? 'All';
    this.internalReply = child(given, 'InternalReply', 'Message')?.text ?? '';
    this.externalReply = child(given, 'ExternalReply', 'Message')?.text ?? '';
  }

  /** All of it, because some clients crash without (ews-answers: GetUserOofSettings). */
  toXml(): XmlFragment {
    const reply = (text: string): XmlFragment => xml`<t:Message>${text}</t:Message>`;
    return element('OofSettings', [
      element('OofState', this.state),
      element('ExternalAudience', this.audience),
      element('Duration', [element('StartTime', dateTime(this.start)), element('EndTime', dateTime(this.end))]),
      element('InternalReply', reply(this.internalReply)),
      element('ExternalReply', reply(this.externalReply)),
    ]);
  }
}

const settings = new WeakMap<Mailbox, OofSettings>();

export function oofSettings(mailbox: Mailbox): OofSettings {
  let found = settings.get(mailbox);
  if (found === undefined) settings.set(mailbox, (found = new OofSettings()));
  return found;
}

/** The mailbox that a request names, which must be the caller's own. @throws ResponseError */
export function ownMailbox(mailbox: Mailbox, request: EwsElement): Mailbox {
  const address = textAt(request, 'Mailbox', 'Address') ?? '';
  if (!mailbox.owns(address))
    throw new ResponseError('ErrorAccessDenied', 'Microsoft Exchange Server cannot open another mailbox.');
  return mailbox;
}

/** `m:ResponseMessage` in place of a list of them. */
export function singleMessage(error?: ResponseError): XmlFragment {
  if (error === undefined)
    return xml`<m:ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode></m:ResponseMessage>`;
  const { message, responseCode } = error;
  const text = xml`<m:MessageText>${message}</m:MessageText>`;
  const code = xml`<m:ResponseCode>${responseCode}</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>`;
  return xml`<m:ResponseMessage ResponseClass="Error">${text}${code}</m:ResponseMessage>`;
}
