import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { answerEnvelope } from '../../../src/ews/envelope.ts';
import { checkAnswers, watchAnswers } from '../../support/answer-checker.ts';
import { brokenSchemas } from '../../support/schema-check.ts';
import { envelope, GET_FOLDER } from '../../support/envelopes.ts';
import { send, startStack } from '../../support/stack.ts';

const { prefix, suffix } = answerEnvelope('GetFolder');
const GOOD =
  '<m:ResponseMessages><m:GetFolderResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>' +
  '<m:Folders><t:Folder><t:FolderId Id="AAA="/></t:Folder></m:Folders></m:GetFolderResponseMessage>' +
  '</m:ResponseMessages>';

/** The rules that are broken where a gateway answers like this. */
async function rulesOf(t: Test, content: string, contentType = 'text/xml; charset=utf-8'): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      response.writeHead(200, { 'content-type': contentType });
      response.write(prefix);
      response.end(`${content}${suffix}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ews/exchange.asmx`;
  const seen = watchAnswers(url);
  await send(url, GET_FOLDER);
  t.equal(seen.count, 1);
  return seen.broken.join('\n');
}

t.test('what not all clients read is noticed', async (t) => {
  t.equal(await rulesOf(t, GOOD), '');
  const twice = GOOD.replace(/<m:GetFolderResponseM.*Message>/, '$&$&');
  t.match(await rulesOf(t, GOOD.replace(/<t:Folder>.*<\/t:Folder>/, '<t:Folder/>')), /is self-closed/);
  t.match(await rulesOf(t, GOOD.replace('NoError', 'ErrorOfOurs')), /all clients know the code/);
  t.match(await rulesOf(t, GOOD.replace('<m:Folders>', '<!-- folders --><m:Folders>')), /comments/);
  t.match(await rulesOf(t, twice), /2 messages for 1 parts/);
  t.match(await rulesOf(t, GOOD, 'application/xml'), /Content-Type/);
  // Each is kept for messages.xsd as well, which would fail this process.
  t.match(await brokenSchemas(), [/ErrorOfOurs/]);
});

t.test('what messages.xsd does not allow is noticed', async (t) => {
  await rulesOf(t, GOOD);
  t.same(await brokenSchemas(), []);
  await rulesOf(t, GOOD.replace(/(<m:ResponseCode>.*<\/m:ResponseCode>)(<m:Folders>.*<\/m:Folders>)/, '$2$1'));
  t.match(await brokenSchemas(), [/ResponseCode': This element is not expected/]);
});

t.test('each answer of a gateway over Graph is checked, faults too', async (t) => {
  const stack = await startStack(t, { backend: 'graph', alice: '    operations: all' });
  const seen = await checkAnswers(t, stack.url);
  t.equal((await stack.post(GET_FOLDER)).status, 200);
  t.equal((await stack.post(envelope('<m:FindPeople/>'))).status, 500);
  t.equal(seen.count, 2);
});
