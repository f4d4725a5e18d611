/** What happens to folders that are deleted or moved, and what is said of them. */
import { randomBytes } from 'node:crypto';
import type { GraphCaller, ProbeAnswer } from './graph-caller.ts';
import { open, type ProbePoint } from './point.ts';
import { CONTAINER_CLASS, expandProperty, idsIn, propertyIn, remove } from './scene-objects.ts';

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
      const [found] = idsIn(listed);
      if (found === undefined) return { answer: 'in no folder that Graph shows', value: true };
      await remove(graph, `/mailFolders/${found}`);
      return { answer: 'in Deleted Items', value: false };
    },
  },
  {
    name: 'moving a folder to where it is',
    measure: async ({ graph, folder }) => {
      const made = await child(graph, folder);
      const id = String(made.value['id'] ?? '');
      if (made.status !== 201 || id === '') return open(made);
      const moved = await graph.call('POST', `/mailFolders/${id}/move`, { destinationId: folder });
      if (moved.status === 200 || moved.status === 201) return { answer: 'changes nothing' };
      return moved.status === 400 || moved.status === 409
        ? { answer: `is refused (HTTP ${moved.status})` }
        : open(moved);
    },
  },
  {
    name: 'hidden folders in the number of folders below',
    measure: async ({ graph, folder }) => {
      const parent = await child(graph, folder);
      const id = String(parent.value['id'] ?? '');
      if (parent.status !== 201 || id === '') return open(parent);
      const hidden = await child(graph, id, { isHidden: true });
      if (hidden.status !== 201) return open(hidden);
      const read = await graph.call('GET', `/mailFolders/${id}?$select=childFolderCount`);
      if (read.status !== 200) return open(read);
      return { answer: read.value['childFolderCount'] === 0 ? 'are not counted' : 'are counted' };
    },
  },
  {
    name: 'the class of a folder, given at its creation',
    measure: async ({ graph, folder }) => {
      const wanted = 'IPF.Note.Probe';
      const made = await child(graph, folder, {
        singleValueExtendedProperties: [{ id: CONTAINER_CLASS, value: wanted }],
      });
      const id = String(made.value['id'] ?? '');
      if (made.status === 400) return { answer: 'is refused (HTTP 400)' };
      if (made.status !== 201 || id === '') return open(made);
      const read = await graph.call('GET', `/mailFolders/${id}?${expandProperty(CONTAINER_CLASS)}`);
      if (read.status !== 200) return open(read);
      return { answer: propertyIn(read) === wanted ? 'is kept' : 'has no effect' };
    },
  },
  {
    name: 'the id of a folder that is moved',
    measure: async ({ graph, folder }) => {
      const [target, made] = [await child(graph, folder), await child(graph, folder)];
      const refused = [target, made].find(({ status }) => status !== 201);
      if (refused !== undefined) return open(refused);
      const destinationId = target.value['id'];
      const moved = await graph.call('POST', `/mailFolders/${String(made.value['id'])}/move`, { destinationId });
      if (moved.status !== 200 && moved.status !== 201) return open(moved);
      return { answer: moved.value['id'] === made.value['id'] ? 'stays' : 'is another one' };
    },
  },
];

function child(graph: GraphCaller, parent: string, more: object = {}): Promise<ProbeAnswer> {
  const displayName = `probe ${randomBytes(4).toString('hex')}`;
  return graph.call('POST', `/mailFolders/${parent}/childFolders`, { displayName, ...more });
}
