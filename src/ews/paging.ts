/**
 * Which part of a result a client wants.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/indexedpageitemview
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/fractionalpageitemview
 */
import { child, type EwsElement } from './element.ts';
import { ResponseError } from './response-messages.ts';

export type PageView =
  | {
      readonly kind: 'indexed';
      readonly basePoint: 'Beginning' | 'End';
      readonly offset: number;
      readonly maxEntries: number;
    }
  | {
      readonly kind: 'fractional';
      readonly numerator: number;
      readonly denominator: number;
      readonly maxEntries: number;
    };

/** More than that is never given at once. */
export const MAX_ENTRIES = 1_000;

const KINDS = ['Item', 'Folder'] as const;

/**
 * The view of a FindItem or FindFolder; from the beginning where it has none.
 *
 * @throws ResponseError where its numbers cannot be, or for a view of another kind (calendar, contacts, seek)
 */
export function pageView(request: EwsElement): PageView {
  for (const kind of KINDS) {
    const indexed = child(request, `IndexedPage${kind}View`);
    if (indexed !== undefined) {
      const offset = integer(indexed, 'Offset') ?? 0;
      if (offset < 0) throw new ResponseError('ErrorInvalidIndexedPagingParameters', 'The offset is negative.');
      const basePoint = indexed.attributes.get('BasePoint') === 'End' ? 'End' : 'Beginning';
      return { kind: 'indexed', basePoint, offset, maxEntries: maxEntries(indexed) };
    }
    const fractional = child(request, `FractionalPage${kind}View`);
    if (fractional !== undefined) {
      const numerator = integer(fractional, 'Numerator') ?? -1;
      const denominator = integer(fractional, 'Denominator') ?? 0;
      if (numerator < 0 || denominator < 1 || numerator > denominator)
        throw new ResponseError(
          'ErrorInvalidFractionalPagingParameters',
          'The numerator must be between zero and the denominator, which must be above zero.',
        );
      return { kind: 'fractional', numerator, denominator, maxEntries: maxEntries(fractional) };
    }
  }
  for (const other of ['SeekToConditionPageItemView', 'CalendarView', 'ContactsView'])
    if (child(request, other) !== undefined)
      throw new ResponseError('ErrorInvalidOperation', `${other} is not supported.`);
  return { kind: 'indexed', basePoint: 'Beginning', offset: 0, maxEntries: MAX_ENTRIES };
}

export interface PageRange {
  /** Positions in the whole result. */
  readonly start: number;
  readonly end: number;
  /** Attributes of RootFolder: IndexedPagingOffset, or NumeratorOffset with AbsoluteDenominator. */
  readonly nextOffset: number;
  readonly includesLast: boolean;
}

/** The positions a view means in a result of `total` entries. */
export function pageRange(view: PageView, total: number): PageRange {
  if (view.kind === 'indexed' && view.basePoint === 'End') {
    const end = Math.max(total - view.offset, 0);
    const start = Math.max(end - view.maxEntries, 0);
    return { start, end, nextOffset: Math.min(view.offset, total) + end - start, includesLast: start === 0 };
  }
  const wanted = view.kind === 'indexed' ? view.offset : Math.floor((total * view.numerator) / view.denominator);
  const start = Math.min(wanted, total);
  const end = Math.min(start + view.maxEntries, total);
  return { start, end, nextOffset: end, includesLast: end >= total };
}

function maxEntries(view: EwsElement): number {
  const wanted = integer(view, 'MaxEntriesReturned') ?? MAX_ENTRIES;
  if (wanted < 1)
    throw new ResponseError('ErrorInvalidPagingMaxRows', 'The number of entries returned must be above zero.');
  return Math.min(wanted, MAX_ENTRIES);
}

function integer(element: EwsElement, name: string): number | undefined {
  const text = element.attributes.get(name)?.trim();
  return text !== undefined && /^-?\d{1,10}$/.test(text) ? Number(text) : undefined;
}
