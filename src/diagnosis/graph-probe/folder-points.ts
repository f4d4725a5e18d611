/** What happens to folders that are deleted. */
import { randomBytes } from 'node:crypto';
import { open, type ProbePoint } from './point.ts';

export const FOLDER_POINTS: readonly ProbePoint[] = [
  {
    name: 'where DELETE leaves a folder',
    capability: 'deletedFoldersRecoverable',
    measure: async ({ graph, folder }) => {
      const displayName = `probe ${randomBytes(4).toString('hex')}`;
      const made = await graph.call('POST', `/mailFolders/${folder}/childFolders`, { displayName });
      const id = String(made.value['id'] ?? '');
      if (made.status !== 201 || id === '') return open(made);
      const deleted = await graph.call('DELETE', `/mailFolders/${id}`);
      if (deleted.status !== 204) return open(deleted);
      const filter = encodeURIComponent(`displayName eq '${displayName}'`);
      const listed = await graph.call('GET', `/mailFolders/deleteditems/childFolders?$select=id&$filter=${filter}`);
      if (listed.status !== 200) return open(listed);
      const [found] = (listed.value['value'] ?? []) as readonly { readonly id?: string }[];
      if (found?.id === undefined) return { answer: 'in no folder that Graph shows', value: true };
      if ((await graph.call('POST', `/mailFolders/${found.id}/permanentDelete`)).status !== 204)
        await graph.call('DELETE', `/mailFolders/${found.id}`);
      return { answer: 'in Deleted Items', value: false };
    },
  },
];
