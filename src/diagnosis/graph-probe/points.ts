/** What `ews-gateway probe-graph` measures, in this order. */
import { CHANGE_POINTS } from './change-points.ts';
import { FOLDER_POINTS } from './folder-points.ts';
import type { GraphCaller } from './graph-caller.ts';
import { KIND_POINTS } from './kind-points.ts';
import { largePoint } from './large-points.ts';
import { MIME_POINTS } from './mime-points.ts';
import { open, reads, served, type ProbePoint } from './point.ts';
import { PROPERTY_POINTS } from './property-points.ts';
import { QUERY_POINTS } from './query-points.ts';
import { RECEIVED_POINTS } from './received-points.ts';
import { REPORTED_POINTS } from './reported-points.ts';
import { CONTAINER_CLASS, expandProperty, idsIn } from './scene-objects.ts';

export const PROBE_POINTS: readonly ProbePoint[] = [
  reads('follow-up flag of messages', 'flag', ({ folder }) => `/mailFolders/${folder}/messages?$select=flag`),
  reads(
    'internet headers of messages',
    'internetMessageHeaders',
    ({ folder }) => `/mailFolders/${folder}/messages?$select=internetMessageHeaders`,
  ),
  reads(
    'conversation index of messages',
    'conversationIndex',
    ({ folder }) => `/mailFolders/${folder}/messages?$select=conversationIndex`,
  ),
  reads('hidden folders', 'hiddenFolders', () => '/mailFolders?includeHiddenFolders=true&$select=isHidden&$top=1'),
  reads(
    'extended properties of folders',
    'folderExtendedProperties',
    ({ folder }) => `/mailFolders/${folder}?${expandProperty(CONTAINER_CLASS)}`,
  ),
  reads('changes of a folder (delta)', 'delta', ({ folder }) => `/mailFolders/${folder}/messages/delta?$select=id`),
  {
    name: 'contentId in the $select of attachments',
    capability: 'selectContentId',
    measure: async ({ graph, draft }) => {
      const path = `/messages/${await draft()}/attachments?$select=id,microsoft.graph.fileAttachment/contentId`;
      return served(await graph.call('GET', path));
    },
  },
  {
    name: 'upload sessions for large attachments',
    capability: 'uploadSessions',
    measure: async ({ graph, draft }) => {
      const body = { AttachmentItem: { attachmentType: 'file', name: 'probe.bin', size: 4 * 1024 * 1024 } };
      return served(await graph.call('POST', `/messages/${await draft()}/attachments/createUploadSession`, body));
    },
  },
  {
    name: 'If-Match of PATCH',
    capability: 'ifMatch',
    measure: async ({ graph, draft }) => {
      const id = await draft();
      const { value } = await graph.call('GET', `/messages/${id}?$select=id`);
      const stale = String(value['@odata.etag'] ?? '');
      const first = await graph.call('PATCH', `/messages/${id}`, { importance: 'high' });
      if (stale === '' || first.status !== 200) return open(first);
      const second = await graph.call('PATCH', `/messages/${id}`, { importance: 'low' }, { 'if-match': stale });
      if (second.status === 412) return { answer: 'a stale one is refused', value: true };
      return second.status === 200 ? { answer: 'it is ignored', value: false } : open(second);
    },
  },
  {
    name: 'permanent deletion',
    capability: 'permanentDelete',
    measure: async ({ graph, draft }) => served(await graph.call('POST', `/messages/${await draft()}/permanentDelete`)),
  },
  {
    name: 'where DELETE leaves a message',
    capability: 'deletedMessagesRecoverable',
    measure: async ({ graph, draft }) => {
      const id = await draft();
      const { value } = await graph.call('GET', `/messages/${id}?$select=internetMessageId`);
      const deleted = await graph.call('DELETE', `/messages/${id}`);
      if (deleted.status !== 204) return open(deleted);
      const found = await findDeleted(graph, String(value['internetMessageId'] ?? ''));
      if (found === undefined) return { answer: 'in no folder that Graph shows' };
      await graph.call('POST', `/messages/${found.id}/permanentDelete`);
      const isRecoverable = found.folder !== 'deleteditems';
      return { answer: isRecoverable ? 'in the recoverable items' : 'in Deleted Items', value: isRecoverable };
    },
  },
  ...FOLDER_POINTS,
  ...RECEIVED_POINTS,
  ...MIME_POINTS,
  ...CHANGE_POINTS,
  ...KIND_POINTS,
  ...PROPERTY_POINTS,
  ...QUERY_POINTS,
  ...REPORTED_POINTS,
  {
    name: 'eight calls at a time',
    measure: async ({ graph, folder }) => {
      const calls = Array.from({ length: 8 }, () => graph.call('GET', `/mailFolders/${folder}?$select=id`));
      const refused = (await Promise.all(calls)).filter(({ status }) => status === 429).length;
      return { answer: refused === 0 ? 'all are answered' : `${refused} are refused (429)` };
    },
  },
];

/** What else is measured where that is wanted: it takes a while, and room in the mailbox. */
export const LARGE_POINTS: readonly ProbePoint[] = [largePoint(100_000_000)];

async function findDeleted(
  graph: GraphCaller,
  internetMessageId: string,
): Promise<{ readonly id: string; readonly folder: string } | undefined> {
  const filter = encodeURIComponent(`internetMessageId eq '${internetMessageId.replaceAll("'", "''")}'`);
  for (const folder of ['deleteditems', 'recoverableitemsdeletions']) {
    const [id] = idsIn(await graph.call('GET', `/mailFolders/${folder}/messages?$select=id&$filter=${filter}`));
    if (id !== undefined) return { id, folder };
  }
  return undefined;
}
