/**
 * @see https://learn.microsoft.com/graph/api/user-get-mailboxsettings
 * @see https://learn.microsoft.com/graph/api/user-update-mailboxsettings
 * @see https://learn.microsoft.com/graph/api/mailfolder-list-messagerules
 * @see https://learn.microsoft.com/graph/api/user-getmailtips
 */
import { checkObject, checkParameters } from '../body-check.ts';
import type { Call, GraphAnswer } from '../call.ts';
import { itemNotFound, undeserializable } from '../errors.ts';
import { entityJson, listJson } from '../paging.ts';

const NO_REPLIES: Readonly<Record<string, unknown>> = {
  status: 'disabled',
  externalAudience: 'none',
  internalReplyMessage: '',
  externalReplyMessage: '',
  scheduledStartDateTime: { dateTime: '2026-11-24T08:00:00.0000000', timeZone: 'UTC' },
  scheduledEndDateTime: { dateTime: '2026-11-25T08:00:00.0000000', timeZone: 'UTC' },
};

function settingsOf({ mailbox, service }: Call): Readonly<Record<string, unknown>> {
  return {
    automaticRepliesSetting: service.settings.automaticReplies.get(mailbox.address) ?? NO_REPLIES,
    timeZone: 'UTC',
    language: { locale: 'en-US', displayName: 'English (United States)' },
    dateFormat: 'yyyy-MM-dd',
    timeFormat: 'HH:mm',
    delegateMeetingMessageDeliveryOptions: 'sendToDelegateOnly',
    workingHours: {
      daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
      startTime: '08:00:00.0000000',
      endTime: '17:00:00.0000000',
      timeZone: { name: 'UTC' },
    },
    userPurpose: 'user',
  };
}

export function getMailboxSettings(call: Call): GraphAnswer {
  const { select } = call.options('mailboxSettings');
  const all = Object.entries(settingsOf(call));
  const shown = Object.fromEntries(all.filter(([name]) => select?.includes(name) ?? true));
  return { status: 200, json: entityJson(call, shown) };
}

export function updateMailboxSettings(call: Call): GraphAnswer {
  const { mailbox, service } = call;
  const body = call.json();
  checkObject(body, 'mailboxSettings', service);
  const replies = body['automaticRepliesSetting'] as Readonly<Record<string, unknown>> | undefined;
  if (replies !== undefined)
    service.settings.automaticReplies.set(mailbox.address, {
      ...(service.settings.automaticReplies.get(mailbox.address) ?? NO_REPLIES),
      ...replies,
    });
  return { status: 200, json: entityJson(call, body) };
}

export function getAutomaticReplies(call: Call): GraphAnswer {
  return { status: 200, json: entityJson(call, settingsOf(call)['automaticRepliesSetting'] as object) };
}

/** Of the Inbox; rules of Outlook clients are not among them. */
export function listRules(call: Call): GraphAnswer {
  call.options('messageRule');
  if (call.folder().wellKnownName !== 'inbox') throw itemNotFound();
  const rows = call.service.settings.rules.get(call.mailbox.address) ?? [];
  return { status: 200, json: listJson(call, { rows, nextLink: undefined }) };
}

export function getMailTips(call: Call): GraphAnswer {
  const { organization, settings } = call.service;
  const parameters = checkParameters(call.json(), 'user', 'getMailTips', call.service);
  const addresses = parameters.get('emailaddresses');
  if (!Array.isArray(addresses)) throw undeserializable();
  const rows = addresses.map((address: string) => {
    const mailbox = organization.find(address);
    const group = settings.groups.find(({ mail }) => mail.toLowerCase() === address.toLowerCase());
    const replies = settings.automaticReplies.get(mailbox?.address ?? '');
    const isActive = replies !== undefined && replies['status'] !== 'disabled';
    return {
      emailAddress: { name: mailbox?.displayName ?? group?.displayName ?? '', address },
      automaticReplies: { message: isActive ? replies['internalReplyMessage'] : '' },
      mailboxFull: settings.overQuota.has(mailbox?.address ?? ''),
      externalMemberCount: group?.members.filter((member) => organization.find(member) === undefined).length ?? 0,
      totalMemberCount: group?.members.length ?? 1,
      deliveryRestricted: false,
      isModerated: false,
      recipientScope: mailbox === undefined && group === undefined ? 'external' : 'internal',
      maxMessageSize: 37_748_736,
    };
  });
  return { status: 200, json: listJson(call, { rows, nextLink: undefined }) };
}
