/** A question of FindItem, what Graph is asked for it, and how rows are judged by it. */
import { createHash } from 'node:crypto';
import { matches } from '../../../ews/matches.ts';
import type { PageView } from '../../../ews/paging.ts';
import type { WantedItemProperties } from '../../../ews/properties/wanted.ts';
import { fieldsIn, type Restriction } from '../../../ews/restriction.ts';
import type { SortKey } from '../../../ews/sort-order.ts';
import type { PushedQuery } from './filter.ts';
import { messageValues } from '../messages/message-element.ts';
import { messageQuery, type MessageQuery } from '../messages/message-query.ts';
import { SEARCH_KEY } from '../messages/message-traces.ts';
import type { OperationContext } from '../operation.ts';
import type { MessageView } from '../properties/graph-property.ts';
import { isBeingScanned } from '../messages/safe-attachments.ts';
import type { FolderTarget } from '../targets.ts';

export interface MessageSearch {
  readonly wanted: WantedItemProperties;
  readonly restriction: Restriction | undefined;
  readonly sort: readonly SortKey[];
  readonly view: PageView;
}

/** A search in one folder, and what of it Graph does. */
export interface FolderSearch {
  readonly context: OperationContext;
  readonly target: FolderTarget;
  readonly search: MessageSearch;
  readonly pushed: PushedQuery;
}

export interface FoundPage {
  readonly views: readonly MessageView[];
  /** Where the client goes on; from the end where its view counts from there. */
  readonly nextOffset: number;
  /** Of the whole result, as far as it is known. */
  readonly total: number;
  readonly includesLast: boolean;
}

/** With recipients a page of 1,000 takes 28 s of the 30 that Graph allows; without, half a second. */
const LARGE_PAGE = 500;
const HEAVY_PAGE = 100;
const HEAVY = /(?:Recipients|body|sender|from)\b|attachments/;

/** What the page needs: the wanted properties, and those that rows are judged by. */
export function queryFor(
  { capabilities, settings }: OperationContext,
  { wanted, restriction, sort }: MessageSearch,
  judged: boolean,
  orderBy: string,
): MessageQuery {
  const fields = [...(judged ? fieldsIn(restriction) : []), ...sort.map(({ field }) => field)];
  return messageQuery(
    {
      uris: [
        'item:ItemClass',
        ...wanted.properties.map(({ uri }) => uri),
        ...fields.flatMap((field) => (field.kind === 'named' ? [field.uri] : [])),
      ],
      extended: [...wanted.extended, ...fields.filter((field) => field.kind === 'extended')],
      select: [orderBy, 'receivedDateTime'],
      single: [SEARCH_KEY],
      scan: settings.waitForScan,
    },
    capabilities,
  );
}

export function isWanted(view: MessageView, restriction: Restriction | undefined, context: OperationContext): boolean {
  if (context.settings.waitForScan && isBeingScanned(view.message)) return false;
  return restriction === undefined || matches(restriction, messageValues(view));
}

export function pageSize({ $select, $expand }: MessageQuery, wanted: number): number {
  const isHeavy = HEAVY.test($select) || HEAVY.test($expand ?? '');
  return Math.min(Math.max(wanted, 1), isHeavy ? HEAVY_PAGE : LARGE_PAGE);
}

/** What a list is remembered under: the same caller, folder and question. */
export function listingKey(context: OperationContext, target: FolderTarget, search: MessageSearch): string {
  const { restriction, sort, view } = search;
  const basePoint = view.kind === 'indexed' ? view.basePoint : 'fractional';
  const question = JSON.stringify([context.caller, target.id, restriction, sort, basePoint], (_key, value: unknown) =>
    value instanceof Map ? [...value] : value,
  );
  return createHash('sha256').update(question).digest('base64');
}
