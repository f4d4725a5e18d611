import t from 'tap';
import { recipient } from '../../../src/simulator/mailbox/message.ts';
import { ALICE, mail } from '../../support/stack.ts';
import { idOf, startGraph } from './graph-client.ts';

t.test('a message with headers and unique body only where they are selected', async (t) => {
  const { ask, deliver, alice } = await startGraph(t);
  const id = await deliver(
    { ...mail('Hello'), headers: [{ name: 'X-Scanner', value: 'yes' }] },
    '2026-11-24T10:00:00.9Z',
  );
  const { json } = await ask(`~/messages/${id}`);
  t.match(json, { subject: 'Hello', isRead: false, isDraft: false, receivedDateTime: '2026-11-24T10:00:00Z' });
  t.equal(json['@odata.etag'], `W/"${String(json['changeKey'])}"`);
  t.notOk('internetMessageHeaders' in json || 'uniqueBody' in json);
  const more = (await ask(`~/messages/${id}?$select=internetMessageHeaders,uniqueBody`)).json;
  t.ok((more['internetMessageHeaders'] as { name: string }[]).some(({ name }) => name === 'X-Scanner'));
  t.match(more['uniqueBody'], { contentType: 'html' });
  const sent = alice.copy(alice.items.list(alice.folders.resolve('inbox').id)[0]?.id ?? '', 'sentitems');
  const select = '$select=internetMessageHeaders';
  t.same((await ask(`~/messages/${idOf(sent)}?${select}`)).json['internetMessageHeaders'], [], 'none for sent items');
});

t.test('the body comes as it is, or as preferred, without scripts unless allowed', async (t) => {
  const { ask, deliver } = await startGraph(t);
  const text = await deliver('plain');
  const html = await deliver({ ...mail('html'), bodyText: undefined, bodyHtml: '<p>Hi</p><script>alert(1)</script>' });
  const body = async (id: string, prefer: string) => {
    const answer = await ask(`~/messages/${id}?$select=body`, { headers: prefer === '' ? {} : { prefer } });
    return {
      ...(answer.json['body'] as { contentType: string; content: string }),
      applied: answer.headers['preference-applied'],
    };
  };
  t.equal((await body(text, '')).contentType, 'text');
  t.equal((await body(html, '')).contentType, 'html');
  t.notMatch((await body(html, '')).content, /script/);
  t.match((await body(html, 'outlook.allow-unsafe-html')).content, /<script>/);
  const asText = await body(html, 'outlook.body-content-type="text"');
  t.same([asText.contentType, asText.content.trim()], ['text', 'Hi']);
  t.equal(asText.applied, 'outlook.body-content-type="text"');
  t.match((await body(text, 'outlook.body-content-type="html"')).content, /^<html>/);
});

t.test('extended properties come with normalised ids, and only those that there are', async (t) => {
  const { ask, deliver } = await startGraph(t);
  const id = await deliver();
  const ids = ['Integer 0x0E08', 'String 0x001A', 'String 0x1042', 'Integer 0x0E07'];
  const filter = ids.map((one) => `id eq '${one}'`).join(' or ');
  const { json } = await ask(`~/messages/${id}?$expand=singleValueExtendedProperties($filter=${filter})`);
  const found = json['singleValueExtendedProperties'] as { id: string; value: string }[];
  t.same(
    found.map(({ id }) => id),
    ['Integer 0xe08', 'String 0x1a', 'Integer 0xe07'],
  );
  t.match(found[0]?.value, /^\d+$/, 'values are text');
  t.equal(found[1]?.value, 'IPM.Note');
  const named = 'String {00020329-0000-0000-C000-000000000046} Name Importiert';
  const patch = { singleValueExtendedProperties: [{ id: named, value: 'ja' }] };
  t.equal((await ask(`~/messages/${id}`, { method: 'PATCH', body: patch })).status, 200);
  const expand = `$expand=singleValueExtendedProperties($filter=id eq '${named}')`;
  t.same((await ask(`~/messages/${id}?${expand}`)).json['singleValueExtendedProperties'], [
    { id: 'String {00020329-0000-0000-c000-000000000046} Name Importiert', value: 'ja' },
  ]);
  const invalid = "$expand=singleValueExtendedProperties($filter=id eq 'Text 0x1')";
  t.equal((await ask(`~/messages/${id}?${invalid}`)).code, 'ErrorInvalidProperty');
});

t.test('MIME as it came; opaque S/MIME never', async (t) => {
  const { ask, alice } = await startGraph(t);
  const mime = Buffer.from(`From: a@b.test\r\nTo: ${ALICE}\r\nSubject: x\r\n\r\nText\r\n`);
  const answer = await ask(`~/messages/${idOf(await alice.deliver(mime))}/$value`);
  t.equal(answer.headers['content-type'], 'text/plain');
  t.equal(answer.text, mime.toString());
  t.equal(answer.headers['content-length'], undefined, 'the length is not known before');
  const opaque = Buffer.from('Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nAAAA\r\n');
  const id = idOf(await alice.deliver(opaque));
  for (let time = 0; time < 2; time++) {
    const refused = await ask(`~/messages/${id}/$value`);
    t.same([refused.status, refused.code], [500, 'ErrorMimeContentConversionFailed']);
  }
});

t.test('meeting messages say their type and meetingMessageType', async (t) => {
  const { ask, alice } = await startGraph(t);
  const calendar =
    'BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nDTSTART:20261124T090000Z\r\n' +
    'DTEND:20261124T100000Z\r\nLOCATION:Room 1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n';
  const mime = `From: a@b.test\r\nSubject: Meeting\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n${calendar}`;
  const id = idOf(await alice.deliver(Buffer.from(mime)));
  await alice.deliver({ ...mail('plain'), from: recipient('a@b.test') });
  const { json } = await ask(`~/messages/${id}`);
  t.equal(json['@odata.type'], '#microsoft.graph.eventMessageRequest');
  t.match(json, {
    meetingMessageType: 'meetingRequest',
    startDateTime: { dateTime: '2026-11-24T09:00:00.0000000', timeZone: 'UTC' },
  });
  const rows = (await ask('~/messages?$select=subject')).json.value ?? [];
  t.same(rows.map((row) => row['@odata.type']).toSorted(), ['#microsoft.graph.eventMessageRequest', undefined]);
});
