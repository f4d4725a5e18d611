import t from 'tap';
import { request } from 'undici';
import { mailboxOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { ALICE, basic, mail, startStack, type Stack } from '../../support/stack.ts';

const SIZE = 1024 * 1024;
const CONTENT = Buffer.alloc(SIZE, 'scanned ');

/** Reads an answer; `onFirst` is called when the first of the content has come. */
async function read({ url }: Stack, operation: string, onFirst: () => void): Promise<string> {
  const { body } = await request(url, {
    method: 'POST',
    headers: { 'authorization': basic(ALICE), 'content-type': 'text/xml; charset=utf-8' },
    body: envelope(operation),
  });
  let text = '';
  for await (const chunk of body as AsyncIterable<Buffer>) {
    text += chunk.toString('latin1');
    if (/<t:(?:Content|MimeContent[^>]*)>\S{1000}/.test(text.slice(0, 16_384))) onFirst();
  }
  return text;
}

for (const [name, template, element] of [
  ['an attachment', 'GET /users/{user}/messages/{message}/attachments/{attachment}/$value', 'Content'],
  ['MIME', 'GET /users/{user}/messages/{message}/$value', 'MimeContent'],
] as const)
  t.test(`the first of ${name} is with the client before Graph has sent the last`, async (t) => {
    const stack = await startStack(t, { backend: 'graph' });
    const mailbox = mailboxOf(stack);
    const { id, attachments } = await mailbox.deliver(
      mail('Scan', [{ name: 'scan.pdf', contentType: 'application/pdf', content: CONTENT }]),
    );
    // Nothing else lets the second half go: a gateway that waited for it would wait for ever.
    const first = Promise.withResolvers<void>();
    stack.simulator.graph.script.add({ operation: template, hold: first.promise });
    const text = await read(
      stack,
      element === 'Content'
        ? `<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="${attachments[0]?.id}"/></m:AttachmentIds>` +
            '</m:GetAttachment>'
        : '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>' +
            `</m:ItemShape><m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:GetItem>`,
      first.resolve,
    );
    const base64 = new RegExp(`<t:${element}[^>]*>([^<]*)</t:${element}>`).exec(text)?.[1] ?? '';
    const expected = element === 'Content' ? CONTENT : await mailbox.mimeOf(id);
    t.ok(Buffer.from(base64, 'base64').equals(expected), 'all of it arrived');
    t.equal(stack.simulator.graph.script.take(template), undefined, 'the answer was held');
  });
