/**
 * Users and groups of the directory.
 *
 * @see https://learn.microsoft.com/graph/api/user-list
 * @see https://learn.microsoft.com/graph/api/group-list-members
 */
import type { Mailbox } from '../../mailbox/mailbox.ts';
import type { Call, GraphAnswer } from '../call.ts';
import { GraphError } from '../errors.ts';
import { checkFilter } from '../filter-check.ts';
import { matches } from '../filter-eval.ts';
import type { Json } from '../content-json.ts';
import { entityJson, link, listJson } from '../paging.ts';
import { optionOf, type QueryOptions } from '../query-options.ts';
import { objectIdOf, type Group } from '../settings.ts';

/** [doc user-list] */
const DEFAULT_TOP = 100;

function userJson(mailbox: Mailbox, select: readonly string[] | undefined): Json {
  const json: Json = {
    id: objectIdOf(mailbox),
    displayName: mailbox.displayName,
    givenName: null,
    surname: null,
    jobTitle: null,
    mail: mailbox.address,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    userPrincipalName: mailbox.address,
    businessPhones: [],
  };
  // By $select only [doc user].
  const more: Json = {
    proxyAddresses: [`SMTP:${mailbox.address}`, ...mailbox.aliases.map((alias) => `smtp:${alias}`)],
    mailNickname: mailbox.address.split('@')[0],
    accountEnabled: true,
  };
  if (select === undefined) return json;
  return Object.fromEntries(Object.entries({ ...json, ...more }).filter(([name]) => select.includes(name)));
}

function groupJson({ id, displayName, mail }: Group, select: readonly string[] | undefined): Json {
  const json: Json = {
    id,
    displayName,
    mail,
    mailEnabled: true,
    mailNickname: mail.split('@')[0],
    securityEnabled: false,
    groupTypes: [],
    proxyAddresses: [`SMTP:${mail}`],
  };
  return Object.fromEntries(Object.entries(json).filter(([name]) => select?.includes(name) ?? true));
}

export function listUsers(call: Call): GraphAnswer {
  const options = directoryOptions(call, 'user');
  const rows = call.service.organization.mailboxes.map((mailbox) => ({
    whole: userJson(mailbox, [...Object.keys(userJson(mailbox, undefined)), 'proxyAddresses', 'mailNickname']),
    shown: userJson(mailbox, options.select),
  }));
  return directoryList(call, options, rows);
}

export function getUser(call: Call): GraphAnswer {
  const { select } = call.options('user');
  return { status: 200, json: entityJson(call, userJson(call.mailbox, select)) };
}

export function listGroups(call: Call): GraphAnswer {
  const options = directoryOptions(call, 'group');
  const rows = call.service.settings.groups.map((group) => ({
    whole: groupJson(group, undefined),
    shown: groupJson(group, options.select),
  }));
  return directoryList(call, options, rows);
}

/** Members that have no mailbox here are contacts. */
export function listMembers(call: Call): GraphAnswer {
  const options = directoryOptions(call, 'user');
  const group = call.service.settings.groups.find(({ id }) => id === call.param('group').toLowerCase());
  if (group === undefined)
    throw new GraphError(
      404,
      'Request_ResourceNotFound',
      `Resource '${call.param('group')}' does not exist or one of its queried reference-property objects are not ` +
        'present.',
    );
  const rows = group.members.map((address): { whole: Json; shown: Json } => {
    const mailbox = call.service.organization.find(address);
    const nested = call.service.settings.groups.find(({ mail }) => mail.toLowerCase() === address.toLowerCase());
    const shown: Json =
      mailbox !== undefined
        ? { '@odata.type': '#microsoft.graph.user', ...userJson(mailbox, options.select) }
        : nested === undefined
          ? { '@odata.type': '#microsoft.graph.orgContact', 'displayName': address, 'mail': address }
          : { '@odata.type': '#microsoft.graph.group', ...groupJson(nested, options.select) };
    return { whole: shown, shown };
  });
  return directoryList(call, options, rows);
}

function directoryOptions(call: Call, type: string): QueryOptions {
  const options = call.options(type);
  const top = optionOf(call.request.query, 'top');
  // [doc user-list]
  if (top !== undefined && Number(top) > 999)
    throw new GraphError(
      400,
      'Request_BadRequest',
      `Invalid page size specified: '${top}'. Must be between 1 and 999 inclusive.`,
    );
  return options;
}

function directoryList(
  call: Call,
  { filter, top, skip, count }: QueryOptions,
  rows: readonly { readonly whole: Json; readonly shown: Json }[],
): GraphAnswer {
  const { model, behaviour } = call.service;
  const type =
    call.request.path.toLowerCase().startsWith('/groups') && !/members/i.test(call.request.path) ? 'group' : 'user';
  if (filter !== undefined) checkFilter(filter, { model, type, behaviour });
  const found = rows.filter(({ whole }) => filter === undefined || matches(filter, (path) => whole[path]));
  const end = skip + (top ?? DEFAULT_TOP);
  const page = found.slice(skip, end).map(({ shown }) => shown);
  const nextLink = end < found.length ? link(call, { $skip: String(end) }) : undefined;
  return { status: 200, json: listJson(call, { rows: page, nextLink }, count ? { '@odata.count': found.length } : {}) };
}
