/**
 * GetItem. Many ids go by batch; MIME comes as a stream, one message after the other.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getitem-operation
 * @see https://learn.microsoft.com/graph/api/message-get
 * @see https://learn.microsoft.com/graph/outlook-get-mime-message
 */
import { child, children, type EwsElement } from '../../../ews/element.ts';
import type { WantedItemProperties } from '../../../ews/properties/wanted.ts';
import { wantedItemProperties } from '../../../ews/properties/wanted.ts';
import { errorMessage, ResponseError } from '../../../ews/response-messages.ts';
import { itemShape, type ItemShape } from '../../../ews/shape.ts';
import type { AnswerPiece } from '../answer-writer.ts';
import type { BatchStep, StepResult } from '../service/batch.ts';
import { GraphError, LOCAL_CODES } from '../service/graph-error.ts';
import { AS_TEXT, bodyReadings } from '../messages/message-bodies.ts';
import { messagePieces, viewOf } from '../messages/message-element.ts';
import { messageQuery, type MessageQuery } from '../messages/message-query.ts';
import { SEARCH_KEY } from '../messages/message-traces.ts';
import {
  asResponseError,
  CLOSE,
  nothingNamed,
  once,
  OPEN,
  outageOf,
  successPieces,
  versionOf,
  type Operation,
  type OperationContext,
} from '../operation.ts';
import { oneMessage } from '../prefetch/next-messages.ts';
import { withQuery } from '../service/paths.ts';
import type { GraphMessage, MessageView } from '../properties/graph-property.ts';
import { MESSAGE_PROPERTIES } from '../properties/message.ts';
import { itemTarget, type ItemTarget } from '../targets.ts';

const NAME = 'GetItem';
/** Ids that are asked for at a time: those of one batch. */
const AT_ONCE = 20;
const TEXT_QUERY: MessageQuery = { $select: 'id,body', $expand: undefined };

export const getItem: Operation = async function* (context) {
  const { request } = context;
  const asked = once(() => {
    const shape = itemShape(child(request, 'ItemShape'));
    return { shape, wanted: wantedItemProperties(shape, { version: versionOf(context), inList: false }) };
  });
  const ids = children(child(request, 'ItemIds'));
  if (ids.length === 0) throw nothingNamed(NAME);
  context.sink.items(ids.length);
  yield OPEN;
  for (let start = 0; start < ids.length; start += AT_ONCE)
    yield* answerSome(context, ids.slice(start, start + AT_ONCE), asked);
  yield CLOSE;
};

async function* answerSome(
  context: OperationContext,
  ids: readonly EwsElement[],
  asked: () => { readonly shape: ItemShape; readonly wanted: WantedItemProperties },
): AsyncGenerator<AnswerPiece> {
  let shape: ItemShape;
  let wanted: WantedItemProperties;
  try {
    ({ shape, wanted } = asked());
  } catch (error) {
    for (const _ of ids) yield errorMessage(NAME, asResponseError(error, 'item'));
    return;
  }
  const targets = await Promise.all(ids.map((id) => settled(() => itemTarget(context, id))));
  const { prefer, asText: readsText } = bodyReadings(wanted, shape);
  const views = await readAll(context, targets, queryFor(context, wanted), prefer);
  const texts = readsText ? await readAll(context, targets, TEXT_QUERY, AS_TEXT) : [];
  for (const [index, target] of targets.entries()) {
    const result = views[index];
    try {
      if ('error' in target) throw target.error;
      if (result === undefined || 'error' in result) throw result?.error ?? new Error('no answer');
      const text = texts[index];
      const asText = text !== undefined && 'value' in text ? text.value : undefined;
      yield* answerOne(context, target.value, viewOf(result.value, asText), wanted, shape);
    } catch (error) {
      // Others are there: that Graph has put this one off does not make the client ask for all of them again.
      const isAlone = views.some((view, other) => other !== index && view !== undefined && 'value' in view);
      const outage = isAlone ? outageOf(error) : undefined;
      yield errorMessage(NAME, corrupt(error) ?? outage ?? asResponseError(error, 'item'));
    }
  }
}

/** Of one message that breaks Graph's answer off each time there is nothing to be had; a proxy's page is no such. */
function corrupt(error: unknown): ResponseError | undefined {
  if (!(error instanceof GraphError) || error.code !== LOCAL_CODES.truncated || error.requestId === undefined)
    return undefined;
  return new ResponseError(
    'ErrorItemCorrupt',
    `Microsoft Graph breaks off its answer for this message. [Microsoft Graph request ${error.requestId}]`,
  );
}

async function* answerOne(
  context: OperationContext,
  { scope, segment }: ItemTarget,
  view: MessageView,
  wanted: WantedItemProperties,
  shape: ItemShape,
): AsyncGenerator<AnswerPiece> {
  context.traces.note(view.message);
  context.attachments.note(MESSAGE_PROPERTIES['item:Attachments'].read(view));
  // Its status is known before the message's first byte is written.
  const mime = wanted.has('item:MimeContent')
    ? { content: await scope.calls.stream(`/messages/${segment}/$value`) }
    : undefined;
  yield* successPieces(NAME, 'Items', messagePieces(view, wanted, { mime, shape }));
}

/** What a get of a message for GetItem's answer asks for. @param more FieldURIs that the caller reads itself */
export function queryFor(
  { capabilities }: OperationContext,
  wanted: WantedItemProperties,
  more: readonly string[] = [],
): MessageQuery {
  return messageQuery(
    {
      uris: ['item:ItemClass', ...more, ...wanted.properties.map(({ uri }) => uri)],
      extended: wanted.extended,
      // The first is for moves that get no answer; the second stands for dates that a message has none of.
      select: ['receivedDateTime', 'createdDateTime'],
      single: [SEARCH_KEY],
    },
    capabilities,
  );
}

/** A plain get for one, batches for more; undefined for an id that was refused already. */
async function readAll(
  context: OperationContext,
  targets: readonly StepResultOf<ItemTarget>[],
  { $select, $expand }: MessageQuery,
  prefer: string | undefined,
): Promise<(StepResult<GraphMessage> | undefined)[]> {
  const headers: Record<string, string> = prefer === undefined ? {} : { prefer };
  const stepFor = (segment: string): BatchStep => ({
    method: 'GET',
    path: withQuery(`/messages/${segment}`, { $select, $expand }),
    headers,
  });
  const [only, ...more] = targets;
  if (only !== undefined && more.length === 0 && 'value' in only)
    return [await oneMessage(context, only.value.scope, only.value.segment, stepFor)];
  const valid = targets.flatMap((target) => ('value' in target ? [target.value] : []));
  const byScope = Map.groupBy(valid, ({ scope }) => scope);
  const answers = new Map<ItemTarget, StepResult<GraphMessage>>();
  for (const [scope, items] of byScope.size === 0 ? new Map([[context.own, [] as ItemTarget[]]]) : byScope) {
    const results = await scope.calls.batch<GraphMessage>(items.map(({ segment }) => stepFor(segment)));
    for (const [index, item] of items.entries()) {
      const result = results[index];
      if (result !== undefined) answers.set(item, result);
    }
  }
  return targets.map((target) => ('value' in target ? answers.get(target.value) : undefined));
}

type StepResultOf<T> = { readonly value: T } | { readonly error: unknown };

async function settled<T>(act: () => Promise<T>): Promise<StepResultOf<T>> {
  try {
    return { value: await act() };
  } catch (error) {
    return { error };
  }
}
