import t from 'tap';
import { startDifferential } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';

const shape =
  '<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>' +
  '<t:FieldURI FieldURI="folder:FolderClass"/>' +
  '</t:AdditionalProperties></m:FolderShape>';
const get = (id: string): string => envelope(`<m:GetFolder>${shape}<m:FolderIds>${id}</m:FolderIds></m:GetFolder>`);
const classIn = (text: string): string | undefined => /<t:FolderClass>([^<]*)</.exec(text)?.[1];

t.test('a folder keeps the class that it was made with, and none if it was made with none', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t);
  const made = async (post: (body: string) => Promise<{ text: string }>, name: string, content: string) => {
    const parent = '<m:ParentFolderId><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderId>';
    const folder = `<t:Folder>${content}<t:DisplayName>${name}</t:DisplayName></t:Folder>`;
    const { text } = await post(envelope(`<m:CreateFolder>${parent}<m:Folders>${folder}</m:Folders></m:CreateFolder>`));
    const id = /<t:FolderId [^>]*>/.exec(text)?.[0] ?? '';
    return classIn((await post(get(id))).text);
  };
  for (const [name, content] of [
    ['none', ''],
    ['note', '<t:FolderClass>IPF.Note</t:FolderClass>'],
  ] as const) {
    const direct = await made(ews, `${name} of Exchange`, content);
    t.equal(await made(graph.post, `${name} of Graph`, content), direct, name);
  }
  for (const name of ['msgfolderroot', 'recoverableitemsroot', 'recoverableitemsdeletions', 'recoverableitemspurges']) {
    // By their ids, which a program has from EWS: Graph knows not all of them by name.
    const folder = get(`<t:FolderId Id="${mailbox.folders.resolve(name).id}"/>`);
    for (const { text } of [await graph.post(folder), await ews(folder)]) {
      t.match(text, /NoError/, name);
      t.equal(classIn(text), undefined, `${name} has none`);
    }
  }
  const stored = mailbox.folders.childNamed(mailbox.folders.resolve('inbox').id, 'none of Graph');
  t.equal(stored?.folderClass, 'IPF.Note', 'other programs see a folder for mail');
});
