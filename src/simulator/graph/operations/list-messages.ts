/** @see https://learn.microsoft.com/graph/api/user-list-messages */
import type { Item } from '../../mailbox/types.ts';
import type { Call, GraphAnswer } from '../call.ts';
import { accessDenied, badRequest, GraphError } from '../errors.ts';
import { messageProperty } from '../extended-properties.ts';
import { checkFilter, checkSorting } from '../filter-check.ts';
import { matches } from '../filter-eval.ts';
import { isMailFolder } from '../folder-json.ts';
import type { Json } from '../content-json.ts';
import { messageJson, readForFilter, readMessagePath } from '../message-json.ts';
import { listJson, pageOf, pageSize } from '../paging.ts';
import { grants } from '../permissions.ts';
import type { QueryOptions } from '../query-options.ts';

/** Large pages with many extended properties fail [threads davmail#501, #509]. */
const TOO_COMPLEX = { properties: 12, rows: 500 };

export function listFolderMessages(call: Call): GraphAnswer {
  const { id } = call.folder();
  return list(
    call,
    () => call.mailbox.items.list(id),
    (start, end) => call.mailbox.items.page(id, start, end - start),
  );
}

/** All folders of mail, Deleted Items included. */
export function listMessages(call: Call): GraphAnswer {
  const all = (): Item[] => {
    const { folders, items } = call.mailbox;
    const top = folders.resolve('msgfolderroot').id;
    return [...folders]
      .filter((folder) => isMailFolder(folder, call.service.behaviour) && folders.isWithin(folder.id, top))
      .flatMap(({ id }) => items.list(id))
      .toSorted((a, b) => b.receivedAt.getTime() - a.receivedAt.getTime());
  };
  return list(call, all);
}

function list(call: Call, all: () => Item[], page?: (start: number, end: number) => Item[]): GraphAnswer {
  const options = call.options('message');
  const shown = withinPermission(call, options);
  if (options.search !== undefined) return search(call, options, all());
  const properties = options.expand.reduce((sum, expand) => sum + expand.properties.length, 0);
  if (properties >= TOO_COMPLEX.properties && pageSize(call, options.top) >= TOO_COMPLEX.rows)
    throw new GraphError(400, 'ErrorRestrictionTooComplex', 'Cannot query rows in a table.');
  const isPlain =
    options.filter === undefined &&
    (options.orderBy.length === 0 ||
      (options.orderBy[0]?.path === 'receivedDateTime' && options.orderBy[0].isDescending));
  const rows = isPlain && page !== undefined ? undefined : selected(call, options, all());
  const total = rows?.length ?? call.mailbox.counts(call.folder().id).total;
  const slice = rows === undefined ? (page ?? (() => [])) : (start: number, end: number) => rows.slice(start, end);
  const found = pageOf(call, total, options, slice);
  const count =
    options.filter !== undefined && call.service.behaviour.filteredCount === 'minusOne' && found.nextLink !== undefined
      ? -1
      : total;
  return {
    status: 200,
    json: listJson(
      call,
      { rows: found.rows.map((item) => messageJson(call, item, shown)), nextLink: found.nextLink },
      options.count ? { '@odata.count': count } : {},
    ),
  };
}

function selected(call: Call, { filter, orderBy }: QueryOptions, all: Item[]): Item[] {
  const { behaviour, model } = call.service;
  let isSorted = true;
  if (filter !== undefined) {
    checkFilter(filter, { model, type: 'message', behaviour });
    const paths = orderBy.map(({ path }) => path);
    if (paths.length > 0) isSorted = checkSorting(filter, paths, behaviour);
  }
  const { mailbox } = call;
  const found =
    filter === undefined
      ? all
      : all.filter((item) =>
          matches(filter, readForFilter(call, item), (path) => messageProperty(item, mailbox, path)),
        );
  if (!isSorted) return found;
  if (orderBy.length === 0)
    return filter !== undefined && behaviour.unsortedFilter === 'oldestFirst' ? found.toReversed() : found;
  const keyed = found.map((item) => {
    const read = readMessagePath(call, item);
    return { item, keys: orderBy.map(({ path }) => keyOf(read(path))) };
  });
  return keyed
    .toSorted((a, b) => {
      for (const [index, { isDescending }] of orderBy.entries()) {
        const [left = '', right = ''] = [a.keys[index], b.keys[index]];
        if (left !== right) return (left < right ? -1 : 1) * (isDescending ? -1 : 1);
      }
      return 0;
    })
    .map(({ item }) => item);
}

function keyOf(value: unknown): string {
  const ranks: Readonly<Record<string, string>> = { low: '0', normal: '1', high: '2' };
  return ranks[String(value)] ?? String(value ?? '').toLowerCase();
}

/** [doc search-query-parameter] At most 1,000, latest first, with neither filter nor order. */
function search(call: Call, options: QueryOptions, all: readonly Item[]): GraphAnswer {
  if (options.filter !== undefined)
    throw new GraphError(400, 'SearchWithFilter', "The query parameter '$filter' is not supported with '$search'.");
  if (options.orderBy.length > 0)
    throw new GraphError(400, 'SearchWithOrderBy', "The query parameter '$orderBy' is not supported with '$search'.");
  const match = /^"(?:(subject|from|to|body):)?(.*)"$/i.exec(options.search ?? '');
  if (match === null)
    throw badRequest(`Syntax error: character ':' is not valid at position 0 in '${options.search}'.`);
  const [, field, words = ''] = match;
  const wanted = words.toLowerCase();
  const found = all.filter((item) => {
    const texts: Readonly<Record<string, string>> = {
      subject: item.subject,
      from: `${item.from?.name} ${item.from?.address}`,
      to: item.to.map(({ name, address }) => `${name} ${address}`).join(' '),
      body: item.bodyText ?? item.bodyHtml ?? '',
    };
    const text = field === undefined ? Object.values(texts).join(' ') : (texts[field.toLowerCase()] ?? '');
    return text.toLowerCase().includes(wanted);
  });
  const page = pageOf(call, Math.min(found.length, 1000), options, (start, end) => found.slice(start, end));
  const shown = withinPermission(call, options);
  const rows = page.rows.map((item): Json => messageJson(call, item, shown));
  return { status: 200, json: listJson(call, { rows, nextLink: page.nextLink }) };
}

const NOT_BASIC: ReadonlySet<string> = new Set(['body', 'bodyPreview', 'uniqueBody', 'internetMessageHeaders']);

/**
 * What Mail.ReadBasic shows: no body, no attachments, no extended properties; who names one is refused.
 *
 * @throws GraphError ErrorAccessDenied
 */
export function withinPermission(call: Call, options: QueryOptions): Pick<QueryOptions, 'select' | 'expand'> {
  const { claims, mailbox, service } = call;
  if (grants(claims, 'Mail.Read', mailbox, service.settings)) return options;
  if (options.expand.length > 0 || options.select?.some((name) => NOT_BASIC.has(name)) === true) throw accessDenied();
  const basic = Object.keys(service.model.type('message')?.properties ?? {}).filter((name) => !NOT_BASIC.has(name));
  return { expand: [], select: options.select ?? [...basic, 'createdDateTime', 'lastModifiedDateTime', 'changeKey'] };
}
