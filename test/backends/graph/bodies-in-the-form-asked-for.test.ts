import t from 'tap';
import { fileAttachment, newMessage, recipient } from '../../../src/simulator/mailbox/message.ts';
import { linesOf, startDifferential, withoutKnown, type KnownDifference } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { mail } from '../../support/stack.ts';

const HTML = '<html><body><p>One &amp; two</p><div>line<br>next</div><script>x()</script></body></html>';
const KNOWN: readonly KnownDifference[] = [
  [/(?:&#xD;)?\n?(?=<\/t:UniqueBody>)/g, 'made of HTML, which is all that Graph gives, it ends with a line break'],
];
const FORMS = ['Best', 'HTML', 'Text'] as const;
const BODIES = ['item:Body', 'item:UniqueBody', 'item:NormalizedBody', 'item:TextBody'];
const named = (uris: readonly string[]): string =>
  `<t:AdditionalProperties>${uris.map((uri) => `<t:FieldURI FieldURI="${uri}"/>`).join('')}</t:AdditionalProperties>`;
const getItem = (ids: readonly string[], shape: string): string =>
  envelope(
    `<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>${shape}</m:ItemShape>` +
      `<m:ItemIds>${ids.map((id) => `<t:ItemId Id="${id}"/>`).join('')}</m:ItemIds></m:GetItem>`,
  );

t.test('each body comes in its own form, as from Exchange', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t);
  const html = await mailbox.deliver({ ...mail('html'), bodyHtml: HTML, bodyText: undefined });
  const text = await mailbox.deliver({ ...mail('text'), bodyText: 'One & two' });
  const ids = [html.id, text.id];
  for (const one of FORMS)
    for (const other of FORMS) {
      const shape = `<t:BodyType>${one}</t:BodyType><t:UniqueBodyType>${other}</t:UniqueBodyType>
        <t:NormalizedBodyType>${other}</t:NormalizedBodyType>${named(BODIES)}`;
      const [direct, through] = [await ews(getItem(ids, shape)), await graph.post(getItem(ids, shape))];
      t.match(direct.text, /NoError/);
      t.same(withoutKnown(through.text, KNOWN), withoutKnown(direct.text, KNOWN), `${one}, ${other}`);
    }
});

t.test('text alone is one reading', async (t) => {
  const { graph, mailbox } = await startDifferential(t);
  const { id } = await mailbox.deliver({ ...mail('html'), bodyHtml: HTML, bodyText: undefined });
  await graph.post(getItem([id], named(['item:TextBody'])));
  const count = graph.simulator.graph.requests.length;
  const { text } = await graph.post(getItem([id], named(['item:TextBody'])));
  t.match(text, /<t:TextBody[^>]*BodyType="Text"[^>]*>One &amp; two/);
  t.equal(graph.simulator.graph.requests.length - count, 1);
});

t.test('filtered, whole and cut', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t);
  const { id } = await mailbox.deliver({ ...mail('html'), bodyHtml: HTML, bodyText: undefined });
  for (const shape of [
    `<t:FilterHtmlContent>true</t:FilterHtmlContent>${named(['item:Body'])}`,
    `<t:FilterHtmlContent>false</t:FilterHtmlContent>${named(['item:Body'])}`,
    `<t:MaximumBodySize>20</t:MaximumBodySize>${named(BODIES)}`,
  ]) {
    const [direct, through] = [await ews(getItem([id], shape)), await graph.post(getItem([id], shape))];
    t.same(linesOf(through.text), linesOf(direct.text), shape);
    t.equal(through.text.includes('x()'), shape.includes('>false<'), shape);
  }
});

t.test('of an attached message too', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t);
  const inner = newMessage({ subject: 'Inner', bodyHtml: HTML, from: recipient('i@fabrikam.test') });
  const { id } = await mailbox.deliver({
    ...mail('outer'),
    attachments: [
      fileAttachment('a.txt', 'text/plain', Buffer.from('a')),
      {
        kind: 'item',
        name: 'Inner',
        contentType: 'message/rfc822',
        contentId: undefined,
        contentLocation: undefined,
        isInline: false,
        item: inner,
      },
    ],
  });
  const list = await graph.post(getItem([id], named(['item:Attachments'])));
  const attachment = /<t:ItemAttachment><t:AttachmentId Id="([^"]+)"/.exec(list.text)?.[1] ?? '';
  const get = (shape: string): string =>
    envelope(
      `<m:GetAttachment><m:AttachmentShape>${shape}</m:AttachmentShape><m:AttachmentIds>` +
        `<t:AttachmentId Id="${attachment}"/></m:AttachmentIds></m:GetAttachment>`,
    );
  // The simulated Exchange reads MIME into lines that end otherwise.
  const bodyIn = (text: string): string | undefined =>
    /<t:Body [\s\S]*?<\/t:Body>/.exec(text)?.[0].replaceAll(/(?:&#xD;)?\n+/g, '\n');
  for (const form of FORMS) {
    const request = get(`<t:BodyType>${form}</t:BodyType>`);
    const [direct, through] = [await ews(request), await graph.post(request)];
    t.match(bodyIn(through.text), new RegExp(`BodyType="${form === 'Text' ? 'Text' : 'HTML'}"`));
    t.equal(bodyIn(through.text), bodyIn(direct.text), form);
  }
  const filtered = bodyIn((await graph.post(get('<t:FilterHtmlContent>true</t:FilterHtmlContent>'))).text);
  t.match(filtered, /One &amp;amp; two/);
  t.notMatch(filtered, /script|x\(\)/);
});
