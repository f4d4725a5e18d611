import t from 'tap';
import { codesOf, startDifferential } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { mail } from '../../support/stack.ts';

const VERSION = '<t:RequestServerVersion Version="Exchange2013"/>';

t.test('what a request names wrongly is refused with the code of Exchange', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t);
  const { id } = await mailbox.deliver(mail('item'));
  const items = `<m:ItemIds><t:ItemId Id="${id}" ChangeKey="XXX"/></m:ItemIds>`;
  const find = (more: string): string =>
    `<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>${more}` +
    `<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>`;
  const equal = (uri: string): string =>
    `<m:Restriction><t:IsEqualTo><t:FieldURI FieldURI="${uri}"/><t:FieldURIOrConstant><t:Constant Value="x"/>` +
    `</t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>`;
  const sort = (uri: string): string =>
    `<m:SortOrder><t:FieldOrder Order="Ascending"><t:FieldURI FieldURI="${uri}"/></t:FieldOrder></m:SortOrder>`;
  const attachment = (name: string): string =>
    `<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="${name}"/></m:AttachmentIds></m:GetAttachment>`;
  for (const [name, code, body, header] of [
    ['change key', 'ErrorInvalidChangeKey', `<m:DeleteItem DeleteType="HardDelete">${items}</m:DeleteItem>`],
    ['attachment id', 'ErrorInvalidIdMalformed', attachment('AAMk=')],
    ['item id for an attachment', 'ErrorInvalidIdNotAnItemAttachmentId', attachment(id)],
    ['restriction of what is calculated', 'ErrorUnsupportedPathForQuery', find(equal('item:Culture'))],
    ['restriction of MIME', 'ErrorUnsupportedPathForQuery', find(equal('item:MimeContent'))],
    ['order of what is calculated', 'ErrorUnsupportedPathForSortGroup', find(sort('item:Culture'))],
    ['order of lists', 'ErrorUnsupportedPathForSortGroup', find(sort('item:Categories'))],
    ['version', 'ErrorInvalidServerVersion', find(''), '<t:RequestServerVersion Version="Exchange2019"/>'],
  ] as const) {
    const request = envelope(body, header ?? VERSION);
    t.same(codesOf((await ews(request)).text), [code], `${name}, Exchange`);
    t.same(codesOf((await graph.post(request)).text), [code], `${name}, Graph`);
  }
  t.equal(mailbox.counts('inbox').total, 1, 'nothing was deleted');
});
