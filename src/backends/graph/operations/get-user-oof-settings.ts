/**
 * GetUserOofSettings.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getuseroofsettings-operation
 * @see https://learn.microsoft.com/graph/api/resources/automaticrepliessetting
 */
import type { AutomaticRepliesSetting, DateTimeTimeZone } from '@microsoft/microsoft-graph-types';
import { textAt } from '../../../ews/element.ts';
import { dateTime, element, trustedMarkup, xml, type XmlFragment } from '../../../ews/xml.ts';
import { asResponseError, singleMessage, type Operation } from '../operation.ts';

const STATES = { disabled: 'Disabled', alwaysEnabled: 'Enabled', scheduled: 'Scheduled' } as const;
const AUDIENCES = { none: 'None', contactsOnly: 'Known', all: 'All' } as const;

/** Graph does not tell whether the organization lets replies go outside; clients need the element. */
const ALLOW_EXTERNAL = trustedMarkup('<m:AllowExternalOof>All</m:AllowExternalOof>');

export const getUserOofSettings: Operation = async function* (context) {
  try {
    const scope = await context.scopeOf(textAt(context.request, 'Mailbox', 'Address') ?? '');
    const settings = await scope.calls.get<AutomaticRepliesSetting>('/mailboxSettings/automaticRepliesSetting');
    yield xml`${singleMessage()}${settingsElement(settings)}${ALLOW_EXTERNAL}`;
  } catch (error) {
    yield singleMessage(asResponseError(error, 'settings'));
  }
};

/** All of it: some clients fail without. */
function settingsElement(settings: AutomaticRepliesSetting): XmlFragment {
  const { status, externalAudience, internalReplyMessage, externalReplyMessage } = settings;
  const reply = (text: string | null | undefined): XmlFragment => xml`<t:Message>${text ?? ''}</t:Message>`;
  return element('OofSettings', [
    element('OofState', STATES[status ?? 'disabled']),
    element('ExternalAudience', AUDIENCES[externalAudience ?? 'none']),
    element('Duration', [
      element('StartTime', dateTime(dateOf(settings.scheduledStartDateTime))),
      element('EndTime', dateTime(dateOf(settings.scheduledEndDateTime))),
    ]),
    element('InternalReply', reply(internalReplyMessage)),
    element('ExternalReply', reply(externalReplyMessage)),
  ]);
}

/** Graph gives times in UTC unless it is asked for another zone. */
function dateOf(value: DateTimeTimeZone | null | undefined): Date {
  const time = Date.parse(`${value?.dateTime?.slice(0, 19)}Z`);
  return new Date(Number.isNaN(time) ? 0 : time);
}
