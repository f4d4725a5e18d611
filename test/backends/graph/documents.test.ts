import t from 'tap';
import { validateXML } from 'xmllint-wasm';
import { OPERATIONS } from '../../../src/backends/graph/operations/table.ts';
import { envelope } from '../../support/envelopes.ts';
import { ALICE, basic, send, startStack, type Stack } from '../../support/stack.ts';

const FIND_ITEM = envelope(
  '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>' +
    '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>',
);
const get = ({ origin }: Stack, path: string): ReturnType<typeof send> =>
  send(`${origin}/ews/${path}`, null, { authorization: basic(ALICE) });

t.test('the page of the endpoint leads to a WSDL that has every operation that is served', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  const { status, headers } = await get(stack, 'exchange.asmx');
  t.equal(status, 302);
  const location = headers.location as string;
  t.equal((await send(stack.origin + location, null)).status, 401, 'for callers only');
  const { text } = await send(stack.origin + location, null, { authorization: basic(ALICE) });
  for (const name of OPERATIONS.keys()) t.ok(text.includes(`<wsdl:operation name="${name}">`), name);
  t.same(stack.simulator.graph.requests, []);
});

t.test('the schemas need nothing but each other, and answers follow them', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  const schema = async (fileName: string): Promise<{ fileName: string; contents: string }> => {
    const { status, text, headers } = await get(stack, fileName);
    t.equal(status, 200);
    t.equal(headers['content-type'], 'text/xml');
    return { fileName, contents: text };
  };
  const [messages, types] = [await schema('messages.xsd'), await schema('types.xsd')];
  t.same(types.contents.match(/<xs:(?:import|include)\b[^>]*>/g), null, 'types.xsd imports nothing');
  t.same(messages.contents.match(/schemaLocation="[^"]*"/g), ['schemaLocation="types.xsd"']);
  const { text } = await stack.post(FIND_ITEM);
  const contents = /<m:FindItemResponse[\s\S]*<\/m:FindItemResponse>/.exec(text)?.[0] ?? '';
  const validated = (answer: string): ReturnType<typeof validateXML> =>
    validateXML({
      xml: [{ fileName: 'answer.xml', contents: answer }],
      schema: [messages],
      preload: [types],
      initialMemoryPages: 1024,
      maxMemoryPages: 4096,
    });
  t.same((await validated(contents)).errors, []);
  t.not((await validated(contents.replace('NoError', 'NoSuchCode'))).errors.length, 0, 'they do judge');
});
