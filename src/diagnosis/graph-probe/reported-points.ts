/** What is only reported: the gateway works with either answer. */
import { toEwsAlphabet, toGraphAlphabet } from '../../ews/ids/alphabet.ts';
import { parseId, writeId } from '../../ews/ids/item-id.ts';
import { open, type ProbePoint } from './point.ts';

export const REPORTED_POINTS: readonly ProbePoint[] = [
  {
    name: 'ids in their other form (plain, compressed)',
    measure: async ({ graph, draft }) => {
      const id = await draft();
      const parsed = parseId(toEwsAlphabet(id));
      if (parsed === undefined || parsed.kind === 'immutable') return { answer: 'of a form that is not known' };
      const forms = (['plain', 'compressed'] as const).map((form) => toGraphAlphabet(writeId(parsed, form)));
      const other = forms.find((form) => form !== id);
      if (other === undefined) return { answer: 'there is one form only' };
      const { status } = await graph.call('GET', `/messages/${other}?$select=id`);
      return { answer: status === 200 ? 'name the same message' : `are not known (HTTP ${status})` };
    },
  },
  {
    name: 'ids of attachments inside attached messages',
    measure: async ({ graph, draft }) => {
      const inner = {
        '@odata.type': '#microsoft.graph.fileAttachment',
        'name': 'inner.txt',
        'contentBytes': Buffer.from('probe').toString('base64'),
      };
      const id = await draft();
      const made = await graph.call('POST', `/messages/${id}/attachments`, {
        '@odata.type': '#microsoft.graph.itemAttachment',
        'name': 'attached',
        'item': { '@odata.type': '#microsoft.graph.message', 'subject': 'attached', 'attachments': [inner] },
      });
      const outer = String(made.value['id'] ?? '');
      if (made.status !== 201 || outer === '') return open(made);
      const path = `/messages/${id}/attachments/${outer}?$expand=microsoft.graph.itemattachment/item`;
      const read = await graph.call('GET', path);
      if (read.status !== 200) return open(read);
      const item = read.value['item'] as { readonly attachments?: readonly { readonly id?: string }[] } | undefined;
      const nested = item?.attachments?.[0];
      if (nested === undefined) return { answer: 'are not given: the attachments are not in the answer' };
      const parsed = parseId(toEwsAlphabet(nested.id ?? ''));
      return { answer: parsed?.kind === 'attachment' ? `have ${parsed.levels.length} levels` : 'are of another form' };
    },
  },
  {
    name: 'the folder above the top of the mailbox',
    measure: async ({ graph }) => {
      const top = await graph.call('GET', '/mailFolders/msgfolderroot?$select=id,parentFolderId');
      const parent = top.value['parentFolderId'];
      if (top.status !== 200 || typeof parent !== 'string') return open(top);
      const { status } = await graph.call('GET', `/mailFolders/${parent}?$select=id`);
      return { answer: status === 200 ? 'can be read' : `cannot be read (HTTP ${status})` };
    },
  },
  {
    name: 'the root of the recoverable items',
    measure: async ({ graph }) => {
      const { status } = await graph.call('GET', '/mailFolders/recoverableitemsroot?$select=id');
      return { answer: status === 200 ? 'can be read' : `cannot be read (HTTP ${status})` };
    },
  },
  {
    name: 'moving a message to the recoverable items',
    measure: async ({ graph, draft }) => {
      const destinationId = 'recoverableitemsdeletions';
      const moved = await graph.call('POST', `/messages/${await draft()}/move`, { destinationId });
      if ([400, 403, 404].includes(moved.status)) return { answer: `is refused (HTTP ${moved.status})` };
      if (moved.status !== 201) return open(moved);
      await graph.call('POST', `/messages/${String(moved.value['id'])}/permanentDelete`);
      return { answer: 'is done' };
    },
  },
  {
    name: 'the top of the archive mailbox',
    measure: async ({ graph }) => {
      const top = await graph.call('GET', '/mailFolders/msgfolderroot?$select=id');
      if (top.status !== 200) return open(top);
      const archive = await graph.call('GET', '/mailFolders/archivemsgfolderroot?$select=id');
      // A mailbox may have no archive: not found says nothing of the others.
      if (archive.status !== 200) return { answer: `cannot be read (HTTP ${archive.status})` };
      return { answer: archive.value['id'] === top.value['id'] ? 'is the one of the mailbox itself' : 'can be read' };
    },
  },
  {
    name: 'a sorted filter that begins with the date',
    measure: async ({ graph, folder }) => {
      const filter = encodeURIComponent(`receivedDateTime ge 1900-01-01T00:00:00Z and subject eq 'probe'`);
      const order = encodeURIComponent('receivedDateTime desc');
      const { status } = await graph.call(
        'GET',
        `/mailFolders/${folder}/messages?$select=id&$filter=${filter}&$orderby=${order}`,
      );
      return { answer: status === 200 ? 'carries other properties' : `is refused (HTTP ${status})` };
    },
  },
];
