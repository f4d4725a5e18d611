/**
 * Pages of lists. A nextLink counts rows of the live view, so that it drifts when rows come or go in between.
 *
 * @see https://learn.microsoft.com/graph/paging
 */
import type { Call } from './call.ts';

/** [doc user-list-messages] */
export const DEFAULT_PAGE = 10;

export interface Page<T> {
  readonly rows: readonly T[];
  readonly nextLink: string | undefined;
}

/** The size of a page: `$top`, else the preference, else 10; at most 1,000. */
export function pageSize({ prefer }: Call, top: number | undefined): number {
  return Math.min(top ?? prefer.maxPageSize ?? DEFAULT_PAGE, prefer.maxPageSize ?? 1000, 1000);
}

/** @param rows the whole live view, or a function that reads a part of it */
export function pageOf<T>(
  call: Call,
  total: number,
  options: { readonly top: number | undefined; readonly skip: number },
  slice: (start: number, end: number) => readonly T[],
): Page<T> {
  const end = options.skip + pageSize(call, options.top);
  return {
    rows: slice(options.skip, Math.min(end, total)),
    nextLink: end < total ? link(call, { $skip: String(end) }) : undefined,
  };
}

/** The request's own address with other options. */
export function link({ request, service }: Call, changes: Readonly<Record<string, string>>, only = false): string {
  const query = new URLSearchParams(only ? [] : [...request.query]);
  for (const name of Object.keys(changes)) query.delete(name.replace('$', ''));
  for (const [name, value] of Object.entries(changes)) query.set(name, value);
  return `${service.origin}/v1.0${request.path}?${query.toString().replaceAll('%24', '$')}`;
}

/** The list as JSON. */
export function listJson(
  { service, request }: Call,
  { rows, nextLink }: { readonly rows: readonly object[]; readonly nextLink: string | undefined },
  more: Readonly<Record<string, unknown>> = {},
): object {
  return {
    '@odata.context': `${service.origin}/v1.0/$metadata#${request.path.slice(1)}`,
    ...more,
    'value': rows,
    ...(nextLink === undefined ? {} : { '@odata.nextLink': nextLink }),
  };
}

/** One object as JSON. */
export function entityJson({ service, request }: Call, entity: object): object {
  return { '@odata.context': `${service.origin}/v1.0/$metadata#${request.path.slice(1)}/$entity`, ...entity };
}
