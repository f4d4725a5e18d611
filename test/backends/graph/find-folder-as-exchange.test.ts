import t from 'tap';
import { startDifferential, withoutKnown, type KnownDifference } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';

/** Names in which order and case count. */
const NAMES = ['Processed', 'b', 'A', 'Ärger', 'processed 2'];
/** What both have of a folder, and in which order folders come, is not the same: names tell. */
const KNOWN: readonly KnownDifference[] = [
  [/ ChangeKey="[^"]*"/g, 'Graph has no change keys of folders'],
  [/<t:EffectiveRights>[\s\S]*?<\/t:EffectiveRights>/g, 'a constant through Graph'],
];
const view = (offset: number, base: string, most = 2): string =>
  `<m:IndexedPageFolderView MaxEntriesReturned="${most}" Offset="${offset}" BasePoint="${base}"/>`;
const contains = (text: string): string =>
  '<m:Restriction><t:Contains ContainmentMode="Substring" ContainmentComparison="IgnoreCase">' +
  `<t:FieldURI FieldURI="folder:DisplayName"/><t:Constant Value="${text}"/></t:Contains></m:Restriction>`;
const equals = (uri: string, value: string): string =>
  `<m:Restriction><t:IsEqualTo><t:FieldURI FieldURI="${uri}"/><t:FieldURIOrConstant><t:Constant Value="${value}"/>` +
  '</t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>';
const findFolder = (traversal: string, parents: string, more = ''): string =>
  envelope(
    `<m:FindFolder Traversal="${traversal}"><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>` +
      '<t:FieldURI FieldURI="folder:DisplayName"/><t:FieldURI FieldURI="folder:ParentFolderId"/>' +
      '<t:FieldURI FieldURI="folder:ChildFolderCount"/></t:AdditionalProperties></m:FolderShape>' +
      `${more}<m:ParentFolderIds>${parents}</m:ParentFolderIds></m:FindFolder>`,
  );
const INBOX = '<t:DistinguishedFolderId Id="inbox"/>';

t.test('FindFolder pages, descends and judges as Exchange does', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t);
  for (const name of NAMES) {
    const { id } = mailbox.createFolder('inbox', { displayName: name });
    for (const below of ['2025', '2026']) mailbox.createFolder(id, { displayName: below });
  }
  const parts = (text: string): { ranges: string[]; folders: string[] } => {
    const lines = withoutKnown(text, KNOWN).join('');
    return {
      ranges: [...lines.matchAll(/<m:RootFolder [^>]*>/g)].map(([tag]) => tag.split(/\s+/).toSorted().join(' ')),
      folders: [...lines.matchAll(/<t:Folder>.*?<\/t:Folder>/g)].map(([folder]) => folder),
    };
  };
  for (const [traversal, more] of [
    ['Shallow', ''],
    ['Deep', ''],
    ['SoftDeleted', ''],
    ['Shallow', contains('process')],
    ['Deep', contains('202')],
    ['Deep', equals('folder:DisplayName', '2026')],
    ['Shallow', equals('folder:ChildFolderCount', '2')],
    ['Shallow', equals('folder:DisplayName', 'nothing')],
  ] as const) {
    const request = findFolder(traversal, INBOX, more);
    const [direct, through] = [parts((await ews(request)).text), parts((await graph.post(request)).text)];
    t.same(through.ranges, direct.ranges, `${traversal} ${more}`);
    t.same(through.folders.toSorted(), direct.folders.toSorted(), `${traversal} ${more}`);
  }
  for (const traversal of ['Shallow', 'Deep'])
    for (const base of ['Beginning', 'End'])
      for (const most of [2, 100]) {
        const seen = new Set<string>();
        let offset = 0;
        for (let round = 0; round < 20; round++) {
          const request = findFolder(traversal, INBOX, view(offset, base, most));
          const [direct, through] = [parts((await ews(request)).text), parts((await graph.post(request)).text)];
          t.same(through.ranges, direct.ranges, `${traversal} from ${base}, ${offset}`);
          t.equal(through.folders.length, direct.folders.length);
          for (const folder of through.folders) seen.add(folder);
          if (through.ranges[0]?.includes('IncludesLastItemInRange="true"') !== false) break;
          offset += through.folders.length;
        }
        t.equal(seen.size, traversal === 'Deep' ? NAMES.length * 3 : NAMES.length, `${traversal} from ${base}`);
      }
});

t.test('each parent has its own answer', async (t) => {
  const { graph, ews } = await startDifferential(t);
  const request = findFolder('Shallow', `${INBOX}<t:FolderId Id="rubbish"/><t:DistinguishedFolderId Id="drafts"/>`);
  const codes = (text: string): string[] => [...text.matchAll(/<m:ResponseCode>(\w+)/g)].map(([, code = '']) => code);
  t.same(codes((await graph.post(request)).text), codes((await ews(request)).text));
});
