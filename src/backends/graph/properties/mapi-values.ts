/** Numbers and names that MAPI, Graph and EWS have for the same things. */
import type { MessageValue } from '../../../ews/properties/message.ts';

/** PidTagMessageFlags. @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcmsg/ (2.2.1.6) */
export const MESSAGE_FLAGS = 'Integer 0x0E07';
export const FLAGS = {
  read: 0x01,
  unmodified: 0x02,
  submitted: 0x04,
  unsent: 0x08,
  fromMe: 0x20,
  resend: 0x80,
} as const;

/** PidTagMessageDeliveryTime and PidTagClientSubmitTime, which the members for them do not let be set. */
export const DELIVERY_TIME = 'SystemTime 0x0E06';
export const SUBMIT_TIME = 'SystemTime 0x0039';
/** PidTagDeleteAfterSubmit: no copy is kept of what is sent (MS-OXOMSG). */
export const DELETE_AFTER_SUBMIT = 'Boolean 0x0E01';

export const SENSITIVITIES = ['Normal', 'Personal', 'Private', 'Confidential'] as const;
export const IMPORTANCES = { low: 'Low', normal: 'Normal', high: 'High' } as const;

/** PidTagIconIndex. @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxomsg/ (2.2.1.10) */
export const ICON = 'Integer 0x1080';
export const ICONS: Readonly<Record<number, MessageValue<'item:IconIndex'>>> = {
  1: 'PostItem',
  256: 'MailRead',
  257: 'MailUnread',
  261: 'MailReplied',
  262: 'MailForwarded',
  272: 'MailEncrypted',
  273: 'MailSmimeSigned',
};

/** Classes of the kinds of event messages, where the class itself is not told. */
export const EVENT_CLASSES: Readonly<Record<string, string>> = {
  meetingRequest: 'IPM.Schedule.Meeting.Request',
  meetingCancelled: 'IPM.Schedule.Meeting.Canceled',
  meetingAccepted: 'IPM.Schedule.Meeting.Resp.Pos',
  meetingTenativelyAccepted: 'IPM.Schedule.Meeting.Resp.Tent',
  meetingDeclined: 'IPM.Schedule.Meeting.Resp.Neg',
};
