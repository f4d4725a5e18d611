/** Conversions between Graph's values and those of EWS. */
import type { FollowupFlag, InternetMessageHeader, ItemBody, Recipient } from '@microsoft/microsoft-graph-types';
import type { Body, Flag, InternetHeader, Mailbox } from '../../../ews/properties/values.ts';

type Nullable<T> = T | null | undefined;

export function text(value: Nullable<string>): string | undefined {
  return value === null || value === '' ? undefined : value;
}

export function date(value: Nullable<string>): Date | undefined {
  if (value === null || value === undefined) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : new Date(time);
}

/** As Graph takes it: UTC and whole seconds. */
export function dateText(value: Date): string {
  return `${value.toISOString().slice(0, 19)}Z`;
}

/**
 * The first second behind one that Graph wrote. Answers show whole seconds, and whether filters compare the fractions
 * is not documented: `lt` this is up to a date in either case, `le` the date itself may leave the date out.
 */
export function nextSecond(text: string): string {
  return dateText(new Date(Date.parse(text) + 1_000));
}

export function mailbox(recipient: Nullable<Recipient>): Mailbox | undefined {
  const address = text(recipient?.emailAddress?.address);
  const name = text(recipient?.emailAddress?.name);
  return address === undefined && name === undefined ? undefined : { name: name ?? address, address };
}

export function mailboxes(recipients: Nullable<readonly Recipient[]>): readonly Mailbox[] | undefined {
  const found = (recipients ?? []).flatMap((recipient) => mailbox(recipient) ?? []);
  return found.length === 0 ? undefined : found;
}

export function recipient({ name, address }: Mailbox): Recipient {
  return { emailAddress: { ...(name === undefined ? {} : { name }), ...(address === undefined ? {} : { address }) } };
}

export function body(value: Nullable<ItemBody>): Body | undefined {
  if (value === null || value === undefined) return undefined;
  return { type: value.contentType === 'text' ? 'Text' : 'HTML', text: value.content ?? '' };
}

export function headers(value: Nullable<readonly InternetMessageHeader[]>): readonly InternetHeader[] | undefined {
  const found = (value ?? []).flatMap((header) =>
    typeof header.name === 'string' ? [{ name: header.name, value: header.value ?? '' }] : [],
  );
  return found.length === 0 ? undefined : found;
}

/** Names as DisplayTo has them, an empty text where there are none. */
export function displayNames(recipients: Nullable<readonly Recipient[]>): string {
  const names = (mailboxes(recipients) ?? []).flatMap(({ name, address }) => name ?? address ?? []);
  return names.join('; ');
}

const FLAG_STATUS = { notFlagged: 'NotFlagged', flagged: 'Flagged', complete: 'Complete' } as const;

export function flag(value: Nullable<FollowupFlag>): Flag | undefined {
  if (value === null || value === undefined) return undefined;
  return {
    status: FLAG_STATUS[value.flagStatus ?? 'notFlagged'],
    startDate: date(value.startDateTime?.dateTime?.replace(/Z?$/, 'Z')),
    dueDate: date(value.dueDateTime?.dateTime?.replace(/Z?$/, 'Z')),
    completeDate: date(value.completedDateTime?.dateTime?.replace(/Z?$/, 'Z')),
  };
}

/** A due date needs a start date at Graph. @see https://learn.microsoft.com/graph/api/resources/followupflag */
export function followupFlag({ status, startDate, dueDate, completeDate }: Flag): FollowupFlag {
  const zoned = (value: Date): { dateTime: string; timeZone: string } => ({
    dateTime: dateText(value).replace('Z', ''),
    timeZone: 'UTC',
  });
  const due = dueDate ?? startDate;
  const start = startDate ?? dueDate;
  switch (status) {
    case 'NotFlagged':
      return { flagStatus: 'notFlagged' };
    case 'Complete':
      return {
        flagStatus: 'complete',
        ...(completeDate === undefined ? {} : { completedDateTime: zoned(completeDate) }),
      };
    case 'Flagged':
      return {
        flagStatus: 'flagged',
        ...(start === undefined ? {} : { startDateTime: zoned(start) }),
        ...(due === undefined ? {} : { dueDateTime: zoned(due) }),
      };
  }
}
