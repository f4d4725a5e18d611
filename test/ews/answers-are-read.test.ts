import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { readExchangeFault } from '../../src/backends/exchange/exchange-fault.ts';
import { readAnswer, readSubscriptionIds } from '../../src/ews/read-answer.ts';
import { faultXml } from '../../src/soap/fault.ts';
import { EWS_MESSAGES, EWS_TYPES, SOAP_11 } from '../../src/soap/namespaces.ts';

const answer = (body: string): string =>
  `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${SOAP_11}"><s:Header>` +
  `<h:ResponseCode xmlns:h="urn:other">Wrong` +
  `</h:ResponseCode></s:Header><s:Body xmlns:m="${EWS_MESSAGES}" xmlns:t="${EWS_TYPES}">${body}</s:Body></s:Envelope>`;

const BUSY = {
  responseCode: 'ErrorServerBusy',
  message: 'Too "many" <requests> \u00e9',
  backOffMilliseconds: 1_234,
} as const;

t.test('faults of both SOAP versions', async (t) => {
  for (const version of ['1.1', '1.2'] as const)
    t.match(readAnswer(faultXml(BUSY, version)), {
      responseCode: 'ErrorServerBusy',
      text: 'Too "many" <requests> \u00e9',
      backOffMilliseconds: 1_234,
    });
});

t.test('the first response message, with its own words', async (t) => {
  const message = (code: string, more: string): string =>
    `<m:GetItemResponseMessage>${more}<m:ResponseCode>${code}</m:ResponseCode></m:GetItemResponseMessage>`;
  const responses = (...messages: readonly string[]): string =>
    answer(`<m:GetItemResponse><m:ResponseMessages>${messages.join('')}</m:ResponseMessages></m:GetItemResponse>`);
  const failed = message('ErrorItemNotFound', '<m:MessageText>Gone.</m:MessageText>');
  t.match(readAnswer(responses(failed, message('NoError', ''))), { responseCode: 'ErrorItemNotFound', text: 'Gone.' });
  t.match(readAnswer(responses(message('NoError', ''), failed)), { responseCode: 'NoError', text: '' });
  t.match(readAnswer(answer('<m:FindPeopleResponse><m:ResponseCode>NoError</m:ResponseCode></m:FindPeopleResponse>')), {
    responseCode: 'NoError',
  });
});

t.test('what is no answer of EWS', async (t) => {
  for (const text of [
    '',
    '<html><body>Sign in</body></html>',
    answer(''),
    answer('<s:Fault><faultstring>x</faultstring></s:Fault>'),
    answer('<m:X><m:ResponseCode>not a code</m:ResponseCode></m:X>'),
    answer('<x><ResponseCode>NoError</ResponseCode></x>'),
    faultXml(BUSY).replace('</s:Body>', ''),
    faultXml({ ...BUSY, message: 'x'.repeat(70_000) }),
  ])
    t.equal(readAnswer(text), undefined, text.slice(0, 60));
});

t.test('faults that are packed: as many bytes as a fault may have, and no more', async (t) => {
  const packed = (text: string): ReturnType<typeof readExchangeFault> =>
    readExchangeFault(gzipSync(text), { 'content-encoding': 'gzip' });
  t.match(packed(faultXml(BUSY)), { responseCode: 'ErrorServerBusy', backOff: 1_234 });
  for (const [encoding, pack] of [
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['GZip', gzipSync],
  ] as const)
    t.match(
      readExchangeFault(pack(faultXml(BUSY)), { 'content-encoding': encoding }),
      { responseCode: 'ErrorServerBusy', backOff: 1_234 },
      encoding,
    );
  t.equal(packed(faultXml(BUSY) + ' '.repeat(64 * 1024)), undefined, 'more than 64 KiB');
  const padded = faultXml(BUSY) + ' '.repeat(60_000);
  t.match(readExchangeFault(Buffer.from(padded), {}), { responseCode: 'ErrorServerBusy' });
  t.equal(packed(padded), undefined, 'more than 64 times the bytes that came');
  t.equal(packed(faultXml({ ...BUSY, message: 'y'.repeat(5_000) }))?.text.length, 500);
  t.equal(readExchangeFault(Buffer.from('no gzip'), { 'content-encoding': 'gzip' }), undefined);
  t.equal(readExchangeFault(Buffer.from(faultXml(BUSY)), { 'content-encoding': 'zstd' }), undefined);
});

t.test('ids of subscriptions', async (t) => {
  const message = (id: string): string =>
    '<m:SubscribeResponseMessage><m:ResponseCode>NoError</m:ResponseCode>' +
    `<m:SubscriptionId>${id}</m:SubscriptionId><m:Watermark>w</m:Watermark></m:SubscribeResponseMessage>`;
  const subscribed = (...ids: readonly string[]): Buffer => {
    const messages = `<m:ResponseMessages>${ids.map(message).join('')}</m:ResponseMessages>`;
    return Buffer.from(answer(`<m:SubscribeResponse>${messages}</m:SubscribeResponse>`));
  };
  t.same(readSubscriptionIds(subscribed(' JgBi ', '007', 'a&amp;b', '')), ['JgBi', '007', 'a&b']);
  t.same(readSubscriptionIds(subscribed('x'.repeat(2_000))), [], 'too long for an id');
  t.same(readSubscriptionIds(subscribed('a').subarray(0, -5)), []);
  t.same(readSubscriptionIds(Buffer.from(answer('<m:Other><m:SubscriptionId>a</m:SubscriptionId></m:Other>'))), []);
});
