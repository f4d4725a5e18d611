import t from 'tap';
import { startDifferential } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { readFault } from '../../support/managed-api.ts';

t.test('a request that names nothing is refused by the schema, as Exchange does', async (t) => {
  const { ews, graph } = await startDifferential(t);
  for (const request of [
    '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds/></m:ConvertId>',
    '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds/></m:GetItem>',
    '<m:GetAttachment><m:AttachmentIds/></m:GetAttachment>',
    '<m:DeleteItem DeleteType="HardDelete"><m:ItemIds/></m:DeleteItem>',
  ])
    for (const answer of [await ews(envelope(request)), await graph.post(envelope(request))])
      readFault(t, answer, 'ErrorSchemaValidation');
});
