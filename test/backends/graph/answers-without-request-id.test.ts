import t from 'tap';
import { proxyPage } from '../../../src/simulator/graph/faults.ts';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { mail, startStack } from '../../support/stack.ts';

t.test('contents arrive although no answer has a request-id; a page in their place does not', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  const { graph } = stack.simulator;
  graph.losesRequestIds = true;
  const { id } = mailboxOf(stack).add(mail('whole'), 'inbox');
  const getMime = envelope(
    '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>' +
      `</m:ItemShape><m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:GetItem>`,
  );
  const { text } = await stack.post(getMime);
  t.same(codesOf(text), ['NoError']);
  t.match(Buffer.from(/<t:MimeContent[^>]*>([^<]*)/.exec(text)?.[1] ?? '', 'base64').toString(), /^Subject: whole/m);

  graph.script.add({ ...proxyPage(), operation: 'GET /users/{user}/messages/{message}/$value', times: 3 });
  t.notMatch((await stack.post(getMime)).text, /MimeContent/);
  t.equal(graph.script.pending, 0);
});
