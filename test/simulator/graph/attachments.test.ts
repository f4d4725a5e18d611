import t from 'tap';
import { fileAttachment, newMessage, recipient } from '../../../src/simulator/mailbox/message.ts';
import { mail } from '../../support/stack.ts';
import { idOf, rowsOf, startGraph, type GraphClient } from './graph-client.ts';

const PDF = Buffer.from('%PDF-1.7 example');

async function withAll(client: GraphClient): Promise<string> {
  const inner = newMessage({
    ...mail('inner'),
    attachments: [fileAttachment('deep.txt', 'text/plain', Buffer.from('deep'))],
  });
  const item = client.alice.add(
    {
      ...mail('outer'),
      attachments: [
        fileAttachment('a.pdf', 'application/pdf', PDF, { contentId: 'cid1' }),
        {
          kind: 'item',
          name: 'inner',
          contentType: 'message/rfc822',
          contentId: undefined,
          contentLocation: undefined,
          isInline: false,
          item: inner,
        },
        {
          kind: 'reference',
          name: 'link',
          contentType: 'text/html',
          contentId: undefined,
          contentLocation: undefined,
          isInline: false,
          url: 'https://x',
        },
      ],
    },
    'inbox',
  );
  return idOf(item);
}

t.test('the list brings the content of files unless it selects', async (t) => {
  const client = await startGraph(t);
  const id = await withAll(client);
  const [file, item, link] = rowsOf(await client.ask(`~/messages/${id}/attachments`));
  t.match(file, {
    '@odata.type': '#microsoft.graph.fileAttachment',
    'contentBytes': PDF.toString('base64'),
    'contentId': 'cid1',
  });
  t.ok(Number(file?.['size']) > PDF.length, 'the size is the stored one');
  t.match(
    [item?.['@odata.type'], link?.['@odata.type']],
    ['#microsoft.graph.itemAttachment', '#microsoft.graph.referenceAttachment'],
  );
  const [selected] = rowsOf(await client.ask(`~/messages/${id}/attachments?$select=name,size`));
  t.same(
    Object.keys(selected ?? {}).filter((name) => !name.startsWith('@')),
    ['id', 'name', 'size'],
  );
  const expanded = (await client.ask(`~/messages/${id}?$select=id&$expand=attachments($select=name)`)).json;
  t.notOk('contentBytes' in ((expanded['attachments'] as object[])[0] ?? {}));
});

t.test('content as bytes, attached items as MIME or expanded, links not at all', async (t) => {
  const client = await startGraph(t);
  const id = await withAll(client);
  const ids = rowsOf(await client.ask(`~/messages/${id}/attachments`)).map(
    (one) => `~/messages/${id}/attachments/${String(one['id'])}`,
  );
  const [file = '', item = '', link = ''] = ids;
  t.equal((await client.ask(`${file}/$value`)).text, PDF.toString());
  t.match((await client.ask(`${item}/$value`)).text, /Subject: inner/);
  t.equal((await client.ask(`${link}/$value`)).status, 405);
  const { json } = await client.ask(`${item}?$expand=microsoft.graph.itemattachment/item`);
  t.match(json['item'], {
    '@odata.type': '#microsoft.graph.message',
    'id': '',
    'subject': 'inner',
    'attachments': [{ name: 'deep.txt' }],
  });
});

t.test('inline attachments alone do not count', async (t) => {
  const { ask, alice } = await startGraph(t);
  const inline = fileAttachment('logo.png', 'image/png', PDF, { contentId: 'logo', isInline: true });
  const item = await alice.deliver({ ...mail('x'), bodyHtml: '<img src="cid:logo">', attachments: [inline] });
  t.equal((await ask(`~/messages/${idOf(item)}`)).json['hasAttachments'], false);
  t.equal(rowsOf(await ask(`~/messages/${idOf(item)}/attachments`)).length, 1);
});

t.test('attachments are added and removed', async (t) => {
  const { ask, deliver, simulator } = await startGraph(t);
  const id = await deliver();
  const post = (body: object) => ask(`~/messages/${id}/attachments`, { method: 'POST', body });
  const added = await post({ '@odata.type': '#microsoft.graph.fileAttachment', 'name': 'a', 'contentBytes': 'QUJD' });
  t.equal(added.status, 201);
  t.equal((await post({ name: 'a', contentBytes: 'QUJD' })).code, 'UnableToDeserializePostBody', 'without a type');
  t.equal(
    (await post({ '@odata.type': '#microsoft.graph.fileAttachment', 'name': 'a', 'contentBytes': '!' })).status,
    400,
  );
  const path = `~/messages/${id}/attachments/${String(added.json['id'])}`;
  simulator.graph.behaviour = { ...simulator.graph.behaviour, attachmentsOfNonDrafts: 'fixed' };
  t.equal((await ask(path, { method: 'DELETE' })).code, 'ErrorInvalidPropertySet');
  simulator.graph.behaviour = { ...simulator.graph.behaviour, attachmentsOfNonDrafts: 'changeable' };
  t.equal((await ask(path, { method: 'DELETE' })).status, 204);
  t.equal((await ask(path)).code, 'ErrorItemNotFound');
});

t.test('while new mail is scanned, a notice stands for its attachments', async (t) => {
  const { ask, alice, simulator } = await startGraph(t);
  const item = await alice.deliver({
    ...mail('x'),
    from: recipient('a@b.test'),
    attachments: [fileAttachment('a.pdf', 'application/pdf', PDF)],
  });
  const list = () => ask(`~/messages/${idOf(item)}/attachments?$select=name`);
  simulator.graph.settings.safeAttachmentsScan = 3_600_000;
  t.match(rowsOf(await list()), [{ name: 'Safe Attachments Scan In Progress' }]);
  simulator.graph.settings.safeAttachmentsScan = 0;
  t.match(rowsOf(await list()), [{ name: 'a.pdf' }]);
});

t.test('large attachments are uploaded in ranges, in order, elsewhere and without a token', async (t) => {
  const { ask, alice, simulator } = await startGraph(t);
  const draft = alice.add(mail('draft'), 'drafts', { isDraft: true });
  const content = Buffer.alloc(5 * 1024 * 1024, 'x');
  const open = (size: number) =>
    ask(`~/messages/${idOf(draft)}/attachments/createUploadSession`, {
      method: 'POST',
      body: { AttachmentItem: { attachmentType: 'file', name: 'big.bin', size } },
    });
  t.equal((await open(1000)).code, 'ErrorAttachmentSizeShouldNotBeLessThanMinimumSize');
  t.equal((await open(200 * 1024 * 1024)).code, 'ErrorMessageSizeExceeded');
  const session = await open(content.length);
  t.equal(session.status, 201);
  const url = String(session.json['uploadUrl']);
  t.not(new URL(url).host, new URL(simulator.graph.origin).host);
  const put = (start: number, end: number, withToken = false) =>
    ask(url, {
      method: 'PUT',
      body: content.subarray(start, end),
      headers: { 'content-range': `bytes ${start}-${end - 1}/${content.length}` },
      ...(withToken ? {} : { token: null }),
    });
  t.equal((await put(0, 1024, true)).status, 401, 'a bearer token is refused');
  const half = 2 * 1024 * 1024;
  t.same((await put(0, half)).json['nextExpectedRanges'], [String(half)]);
  t.equal((await put(half + 1, content.length)).status, 416, 'not in order');
  t.equal((await put(0, content.length)).status, 413, 'more than 4 MB');
  t.same((await ask(url, { token: null })).json['nextExpectedRanges'], [String(half)], 'where to go on');
  const last = await put(half, content.length);
  t.equal(last.status, 201);
  t.match(last.headers['location'], /\/Attachments\('[\w=-]+'\)$/);
  t.match(rowsOf(await ask(`~/messages/${idOf(alice.item(draft.id))}/attachments?$select=name`)), [
    { name: 'big.bin' },
  ]);
});
