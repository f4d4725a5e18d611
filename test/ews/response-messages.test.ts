import t from 'tap';
import { answerEnvelope, responseMessageList, streamingEnvelope, connectionStatus } from '../../src/ews/envelope.ts';
import { isResponseCode, RESPONSE_CODES } from '../../src/ews/response-codes.ts';
import { ResponseError, responseMessages, successMessage, warningMessage } from '../../src/ews/response-messages.ts';
import { xml, type XmlFragment } from '../../src/ews/xml.ts';

async function messages(operation: string, parts: readonly (ResponseError | XmlFragment)[]): Promise<string[]> {
  const found: string[] = [];
  const handle = (part: ResponseError | XmlFragment): XmlFragment => {
    if (part instanceof ResponseError) throw part;
    return part;
  };
  for await (const message of responseMessages(operation, parts, handle)) found.push(message.markup);
  return found;
}

const NOT_FOUND = new ResponseError('ErrorItemNotFound', 'Not <found>.');

t.test('each part gets its message, in order, with what clients read behind an error', async (t) => {
  t.same(await messages('GetItem', [NOT_FOUND, xml`<m:Items><t:Message/></m:Items>`]), [
    '<m:GetItemResponseMessage ResponseClass="Error"><m:MessageText>Not &lt;found&gt;.</m:MessageText>' +
      '<m:ResponseCode>ErrorItemNotFound</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>' +
      '<m:Items/></m:GetItemResponseMessage>',
    '<m:GetItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>' +
      '<m:Items><t:Message/></m:Items></m:GetItemResponseMessage>',
  ]);
  t.match((await messages('SyncFolderItems', [NOT_FOUND]))[0], /<m:SyncState\/><m:IncludesLastItemInRange>true</);
  t.match((await messages('SyncFolderHierarchy', [NOT_FOUND]))[0], /<m:SyncState\/><m:IncludesLastFolderInRange>true</);
  t.match((await messages('GetFolder', [NOT_FOUND]))[0], /DescriptiveLinkKey><m:Folders\/></);
  t.match((await messages('DeleteItem', [NOT_FOUND]))[0], /DescriptiveLinkKey><\/m:DeleteItem/);
});

t.test('errors that are no part of the answer end it', async (t) => {
  const handle = (): XmlFragment => {
    throw new RangeError('x');
  };
  const broken = async (): Promise<void> => {
    for await (const message of responseMessages('GetItem', [1], handle)) t.fail(message.markup);
  };
  await t.rejects(broken(), RangeError);
});

t.test('codes that a client would not know move into the text, which is never empty', async (t) => {
  const [unknown] = await messages('GetItem', [new ResponseError('ErrorServiceUnavailable', 'Later.')]);
  t.match(unknown, /<m:MessageText>ErrorServiceUnavailable: Later\.<.*<m:ResponseCode>ErrorInternalServerError</);
  const [silent] = await messages('GetItem', [new ResponseError('ErrorItemNotFound', ' ')]);
  t.match(silent, /<m:MessageText>ErrorItemNotFound</);
  t.ok(isResponseCode('ErrorServerBusy'));
  t.notOk(isResponseCode('ErrorTooManyObjectsOpened'), 'unknown to ews-java-api');
  t.ok(RESPONSE_CODES.size > 300);
});

t.test('the property that is to blame stands behind the description', async (t) => {
  const error = new ResponseError('ErrorInvalidPropertyRequest', 'Not here.', { field: 'item:Subject' });
  t.match(
    warningMessage('FindItem', error, xml`<m:RootFolder/>`).markup,
    /Key><m:MessageXml><t:FieldURI FieldURI="item:Subject"\/><\/m:MessageXml><m:RootFolder\/>/,
  );
});

t.test('envelopes have a Header that is not empty, or is not self-closed', async (t) => {
  const { prefix, suffix } = answerEnvelope('DeleteItem');
  const text = `${prefix}${responseMessageList([successMessage('DeleteItem')])}${suffix}`;
  t.match(
    text,
    /^<\?xml version="1\.0" encoding="utf-8"\?><s:Envelope [^>]+><s:Header><h:ServerVersionInfo MajorVersion="15"/,
  );
  t.match(text, /<\/m:ResponseMessages><\/m:DeleteItemResponse><\/s:Body><\/s:Envelope>$/);
  const streamed = streamingEnvelope(successMessage('GetStreamingEvents', connectionStatus('OK')));
  t.match(streamed, /^<Envelope [^>]+><Header [^>]+><\/Header><Body>/);
  t.match(streamed, /NoError<\/m:ResponseCode><m:ConnectionStatus>OK<.*<\/Envelope>$/);
});
