/**
 * SyncFolderItems, from Graph's change tracking of one folder. The gateway keeps nothing: the SyncState holds Graph's
 * token and what the client knows, sealed.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/syncfolderitems-operation
 * @see https://learn.microsoft.com/graph/api/message-delta
 */
import { child, children, textAt } from '../../../ews/element.ts';
import { toEwsAlphabet } from '../../../ews/ids/alphabet.ts';
import { isAtLeast } from '../../../ews/properties/versions.ts';
import { wantedItemProperties, type WantedItemProperties } from '../../../ews/properties/wanted.ts';
import { itemShape } from '../../../ews/shape.ts';
import { element, xml, type XmlFragment } from '../../../ews/xml.ts';
import { messageElement } from '../messages/message-element.ts';
import { messageQuery } from '../messages/message-query.ts';
import { pageSize } from '../listing/message-question.ts';
import { SEARCH_KEY } from '../messages/message-traces.ts';
import { messages, versionOf, type Operation, type OperationContext } from '../operation.ts';
import { noChangeTracking, staleState } from '../sync/delta.ts';
import { beginning, changesSince, type ChangesState, type MessageChange } from '../sync/message-changes.ts';
import { syncTarget } from '../sync/sync-target.ts';

/** What a SyncState holds. */
interface ItemsState {
  /** EWS's id of the folder. */
  readonly folder: string;
  readonly changes: ChangesState;
}

/** By the schema of MaxChangesReturned. */
const MOST_CHANGES = 512;
/** How long empty pages are followed: far below what a client waits. */
const PATIENCE = 20_000;

export const syncFolderItems: Operation = (context) =>
  messages('SyncFolderItems', [context.request], 'synced folder', async (request) => {
    if (!context.capabilities.delta) throw noChangeTracking();
    const wanted = wantedItemProperties(itemShape(child(request, 'ItemShape')), {
      version: versionOf(context),
      inList: true,
    });
    const { scope, id, segment, isRoot } = await syncTarget(context, children(child(request, 'SyncFolderId'))[0]);
    const owner = scope.mailbox.address;
    const query = queryFor(context, wanted);
    const state = stateOf(context, owner, id, textAt(request, 'SyncState')) ?? {
      folder: id,
      changes: beginning(query),
    };
    // The root has no messages, and Graph does not serve it.
    if (isRoot) return answer(context.states.seal('sync-items', owner, state), true, []);
    const until = performance.now() + PATIENCE;
    const {
      changes,
      ended,
      state: after,
    } = await changesSince(
      {
        calls: scope.calls,
        folder: segment,
        query,
        waitForScan: context.settings.waitForScan,
        pageSize: pageSize(query, MOST_CHANGES),
        isPatient: () => performance.now() < until,
      },
      state.changes,
      limitOf(textAt(request, 'MaxChangesReturned')),
    );
    const ignored = new Set(children(child(request, 'Ignore')).map(({ attributes }) => attributes.get('Id')));
    const told = changes.filter((change) => !ignored.has(toEwsAlphabet(change.id)));
    context.sink.items(told.length);
    const present = told.filter((change) => change.kind !== 'removed');
    for (const { view } of present) context.traces.note(view.message);
    context.prefetch?.listed(
      scope,
      present.map(({ id }) => id),
    );
    return answer(
      context.states.seal('sync-items', owner, { folder: id, changes: after } satisfies ItemsState),
      ended,
      told.map((change) => changeElement(change, wanted)),
    );
  });

/** @throws ResponseError ErrorInvalidSyncStateData where the state is forged, foreign or of another folder */
function stateOf(
  { states }: OperationContext,
  owner: string,
  folder: string,
  text: string | undefined,
): ItemsState | undefined {
  if (text === undefined || text === '') return undefined;
  const state = states.open<ItemsState>('sync-items', owner, text);
  if (state?.folder !== folder) throw staleState();
  return state;
}

function queryFor({ capabilities, settings }: OperationContext, wanted: WantedItemProperties) {
  return messageQuery(
    {
      uris: ['item:ItemClass', ...wanted.properties.map(({ uri }) => uri)],
      extended: wanted.extended,
      // Without isRead Graph does not tell that a message was read.
      select: ['receivedDateTime', 'createdDateTime', 'isRead'],
      single: [SEARCH_KEY],
      scan: settings.waitForScan,
    },
    capabilities,
  );
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? MOST_CHANGES);
  return Number.isInteger(limit) ? Math.min(Math.max(limit, 1), MOST_CHANGES) : MOST_CHANGES;
}

/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/changes-items */
function changeElement(change: MessageChange, wanted: WantedItemProperties): XmlFragment {
  const id = toEwsAlphabet(change.id);
  if (change.kind === 'removed') return xml`<t:Delete><t:ItemId Id="${id}"/></t:Delete>`;
  const { message } = change.view;
  if (change.kind === 'read' && isAtLeast(wanted.version, 'Exchange2010')) {
    const itemId = xml`<t:ItemId Id="${id}" ChangeKey="${message.changeKey ?? undefined}"/>`;
    return element('ReadFlagChange', [itemId, element('IsRead', message.isRead === true)]);
  }
  return element(change.kind === 'created' ? 'Create' : 'Update', messageElement(change.view, wanted));
}

function answer(state: string, ended: boolean, changes: readonly XmlFragment[]): XmlFragment {
  return xml`<m:SyncState>${state}</m:SyncState><m:IncludesLastItemInRange>${ended}</m:IncludesLastItemInRange>
    <m:Changes>${changes}</m:Changes>`;
}
