import t from 'tap';
import { GATEWAY_REQUEST } from '../../../src/soap/fault.ts';
import { startDifferential } from '../../support/differential.ts';
import { envelope, getFolder } from '../../support/envelopes.ts';
import { readFault } from '../../support/managed-api.ts';

/** As Exchange has it, where exchangelib looks for it. */
const MESSAGE_XML =
  /<t:MessageXml xmlns:t="[^"]+"><t:LineNumber>(\d+)<\/t:LineNumber><t:LinePosition>(\d+)<\/t:LinePosition><t:Violation>([^<]+)</;

t.test('a fault of the schema says what is violated and where, as that of Exchange does', async (t) => {
  const { ews, graph } = await startDifferential(t);
  const request = envelope(getFolder()).replace(
    '<t:DistinguishedFolderId Id="inbox"',
    '\n  <t:DistinguishedFolderId\tId="inbox1"',
  );
  const [theirs, ours] = [await ews(request), await graph.post(request)];
  for (const answer of [theirs, ours]) {
    const { text } = readFault(t, answer, 'ErrorSchemaValidation');
    const [, line, position, violation = ''] = MESSAGE_XML.exec(answer.text) ?? [];
    t.same([line, position], ['2', '28']);
    t.match(violation, /^The 'Id' attribute is invalid - The value 'inbox1' is invalid/);
    t.equal(text.replace(GATEWAY_REQUEST, '').trim(), `The request failed schema validation: ${violation}`);
    t.match(
      answer.text,
      /<e:Message [^>]*>The request failed schema validation\.(?: \[gateway request [^\]]+\])?<\/e:Message>/,
    );
  }
});
