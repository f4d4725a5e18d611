import t from 'tap';
import { codesOf, startDifferential } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';

const CLASSES = [
  'IPM.Note',
  'IPM.Contact',
  'IPM.Appointment',
  'IPM.Task',
  'IPM.DistList',
  'IPM.StickyNote',
  'IPM.Post',
  'IPM.Activity',
  'IPM.Note.Rules.OofTemplate.Microsoft',
  'IPM.Schedule.Meeting.Request',
  'IPM.Schedule.Meeting.Resp.Tent',
  'REPORT.IPM.Note.NDR',
  'IPM.SkypeTeams.Message',
  '',
];
const SHAPE =
  '<m:ItemShape><t:BaseShape>Default</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="item:ItemClass"/>' +
  '</t:AdditionalProperties></m:ItemShape>';

t.test('items that are no mail do not break a listing, and have the same element everywhere', async (t) => {
  const { ews, graph, mailbox } = await startDifferential(t);
  const ids = CLASSES.map(
    (itemClass, index) =>
      mailbox.add({ itemClass, subject: itemClass }, 'inbox', { receivedAt: new Date(Date.UTC(2026, 10, 1, 0, index)) })
        .id,
  );
  const requests = [
    `<m:FindItem Traversal="Shallow">${SHAPE}<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/>` +
      '</m:ParentFolderIds></m:FindItem>',
    `<m:GetItem>${SHAPE}<m:ItemIds>${ids.map((id) => `<t:ItemId Id="${id}"/>`).join('')}</m:ItemIds></m:GetItem>`,
    `<m:SyncFolderItems>${SHAPE}<m:SyncFolderId><t:DistinguishedFolderId Id="inbox"/></m:SyncFolderId>` +
      '<m:MaxChangesReturned>100</m:MaxChangesReturned></m:SyncFolderItems>',
  ];
  for (const request of requests) {
    const found = async (post: typeof ews) => {
      const { text } = await post(envelope(request));
      const items = [...text.matchAll(/<t:(Item|\w*Message|PostItem|Meeting\w+)><t:ItemId Id="([^"]*)"/g)];
      return { codes: codesOf(text), items: new Set(items.map(([, name, id]) => `${name} ${ids.indexOf(id ?? '')}`)) };
    };
    const direct = await found(ews);
    t.equal(direct.items.size, CLASSES.length);
    t.same(await found(graph.post), direct);
  }
});
