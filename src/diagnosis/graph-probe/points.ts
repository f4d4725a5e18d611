/**
 * What sources leave open about Microsoft Graph and a probe can measure, one point each. A capability is true or
 * false only by an answer that says so; whatever else comes (throttled, out of reach, no permission) leaves it open.
 */
import type { MeasuredCapabilities } from '../../config/types.ts';
import type { GraphCaller, ProbeAnswer } from './graph-caller.ts';

/** The throw-away folder and what points may use in it. */
export interface ProbeScene {
  readonly graph: GraphCaller;
  readonly folder: string;
  /** Makes a draft in the folder. @returns its id */
  draft(): Promise<string>;
}

export interface ProbeResult {
  /** For people. */
  readonly answer: string;
  /** Undefined: it stays open. */
  readonly value?: boolean;
}

export interface ProbePoint {
  readonly name: string;
  /** What the backend goes by; undefined where it is only told. */
  readonly capability?: keyof MeasuredCapabilities;
  readonly measure: (scene: ProbeScene) => Promise<ProbeResult>;
}

/** An extended property that says what a folder is for: PidTagContainerClass. */
const CONTAINER_CLASS = 'String 0x3613';

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
    ({ folder }) =>
      `/mailFolders/${folder}?$expand=singleValueExtendedProperties(${encodeURIComponent(
        `$filter=id eq '${CONTAINER_CLASS}'`,
      )})`,
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
    measure: async ({ graph, draft }) => {
      const id = await draft();
      const { value } = await graph.call('GET', `/messages/${id}?$select=internetMessageId`);
      const deleted = await graph.call('DELETE', `/messages/${id}`);
      if (deleted.status !== 204) return open(deleted);
      const found = await findDeleted(graph, String(value['internetMessageId'] ?? ''));
      if (found === undefined) return { answer: 'in no folder that Graph shows' };
      await graph.call('POST', `/messages/${found.id}/permanentDelete`);
      return { answer: found.folder === 'deleteditems' ? 'in Deleted Items' : 'in the recoverable items' };
    },
  },
  {
    name: 'eight calls at a time',
    measure: async ({ graph, folder }) => {
      const calls = Array.from({ length: 8 }, () => graph.call('GET', `/mailFolders/${folder}?$select=id`));
      const refused = (await Promise.all(calls)).filter(({ status }) => status === 429).length;
      return { answer: refused === 0 ? 'all are answered' : `${refused} are refused (429)` };
    },
  },
];

/** A point that a GET answers. */
function reads(name: string, capability: keyof MeasuredCapabilities, path: (scene: ProbeScene) => string): ProbePoint {
  return { name, capability, measure: async (scene) => served(await scene.graph.call('GET', path(scene))) };
}

function served(answer: ProbeAnswer): ProbeResult {
  const { status } = answer;
  if (status >= 200 && status < 300) return { answer: 'yes', value: true };
  // Graph answers what it does not know with one of these.
  return [400, 404, 405, 501].includes(status) ? { answer: `no (HTTP ${status})`, value: false } : open(answer);
}

function open({ status }: ProbeAnswer): ProbeResult {
  return { answer: `not known (HTTP ${status})` };
}

async function findDeleted(
  graph: GraphCaller,
  internetMessageId: string,
): Promise<{ readonly id: string; readonly folder: string } | undefined> {
  const filter = encodeURIComponent(`internetMessageId eq '${internetMessageId.replaceAll("'", "''")}'`);
  for (const folder of ['deleteditems', 'recoverableitemsdeletions']) {
    const { value } = await graph.call('GET', `/mailFolders/${folder}/messages?$select=id&$filter=${filter}`);
    const [first] = (value['value'] ?? []) as readonly { readonly id?: string }[];
    if (first?.id !== undefined) return { id: first.id, folder };
  }
  return undefined;
}
