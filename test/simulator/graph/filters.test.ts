import t from 'tap';
import { recipient } from '../../../src/simulator/mailbox/message.ts';
import { mail } from '../../support/stack.ts';
import { startGraph, subjects, type GraphClient } from './graph-client.ts';

const DATES = 'receivedDateTime ge 1900-01-01T00:00:00Z';

async function three(client: GraphClient): Promise<void> {
  const { alice } = client;
  const deliver = (subject: string, address: string, second: number, state = {}) =>
    alice.deliver({ ...mail(subject), from: recipient(address) }, 'inbox', {
      receivedAt: new Date(Date.UTC(2026, 10, 24, 10, 0, second)),
      ...state,
    });
  await deliver("Invoice 'A'", 'a@fabrikam.test', 1, { categories: ['Done'] });
  await deliver('Invoice B', 'b@fabrikam.test', 2, { isRead: true });
  await deliver('Letter', 'a@fabrikam.test', 3, { flag: { status: 'flagged' } });
}

t.test('what the filter grammar finds', async (t) => {
  const client = await startGraph(t);
  await three(client);
  const find = async (filter: string): Promise<unknown[]> =>
    subjects(await client.ask(`~/mailFolders/inbox/messages?$filter=${encodeURIComponent(filter)}`));
  t.same(await find('isRead eq true'), ['Invoice B']);
  t.same(await find("subject eq 'invoice ''a'''"), ["Invoice 'A'"], 'quotes are doubled, case does not matter');
  t.same(await find("not(startswith(subject,'Invoice'))"), ['Letter']);
  t.same(await find("contains(subject,'INV') and isRead ne true"), ["Invoice 'A'"]);
  t.same(await find('receivedDateTime gt 2026-11-24T10:00:01Z and receivedDateTime le 2026-11-24T10:00:02Z'), [
    'Invoice B',
  ]);
  t.same(await find("from/emailAddress/address eq 'a@fabrikam.test'"), ['Letter', "Invoice 'A'"]);
  t.same(await find("categories/any(c:c eq 'done')"), ["Invoice 'A'"]);
  t.same(await find('not categories/any()'), ['Letter', 'Invoice B']);
  t.same(await find("flag/flagStatus eq 'flagged' or isRead eq true"), ['Letter', 'Invoice B']);
  const size = "singleValueExtendedProperties/any(ep: ep/id eq 'Integer 0x0E08' and cast(ep/value, Edm.Int32) gt 5)";
  t.equal((await find(size)).length, 3);
  const absent = "singleValueExtendedProperties/any(ep: ep/id eq 'String 0x1042' and ep/value eq null)";
  t.equal((await find(absent)).length, 3);
});

t.test('what is refused of a filter', async (t) => {
  const client = await startGraph(t);
  const code = async (filter: string): Promise<string | undefined> =>
    (await client.ask(`~/messages?$filter=${encodeURIComponent(filter)}`)).code;
  t.equal(await code("toRecipients/any(r:r/emailAddress/address eq 'x')"), 'ErrorInvalidUrlQueryFilter');
  t.equal(await code("isof('microsoft.graph.eventMessage')"), 'ErrorInvalidUrlQueryFilter');
  t.equal(await code("body/content eq 'x'"), 'ErrorInvalidUrlQueryFilter');
  t.equal(await code("multiValueExtendedProperties/any(ep: ep/id eq 'StringArray 0x1')"), 'ErrorInvalidUrlQueryFilter');
  t.equal(await code('size gt 5'), 'RequestBroker--ParseUri', 'messages have no size');
  t.equal(await code("isRead eq 'true'"), 'RequestBroker--ParseUri');
  t.equal(await code('isRead eq'), 'RequestBroker--ParseUri');
  t.equal(await code(`${'('.repeat(500)}isRead eq true`), 'RequestBroker--ParseUri');
  client.simulator.graph.behaviour = { ...client.simulator.graph.behaviour, unknownProperty: 'BadRequest' };
  t.equal(await code('size gt 5'), 'BadRequest');
});

t.test('sort orders go with filters that begin with what is sorted by', async (t) => {
  const client = await startGraph(t);
  await three(client);
  const list = (filter: string, orderBy = 'receivedDateTime asc') =>
    client.ask(`~/mailFolders/inbox/messages?$filter=${encodeURIComponent(filter)}&$orderby=${orderBy}`);
  const refused = await list('isRead eq false');
  t.equal(refused.code, 'InefficientFilter');
  t.equal(refused.json.error?.message, 'The restriction or sort order is too complex for this operation.');
  t.same(subjects(await list(`${DATES} and isRead eq false`)), ["Invoice 'A'", 'Letter']);
  t.equal((await list(`isRead eq false and ${DATES}`)).code, 'InefficientFilter', 'not in front');
  t.equal((await list(`${DATES} and contains(subject,'x')`)).code, 'InefficientFilter');
  t.same(subjects(await list("contains(subject,'inv')", 'subject desc')), ['Invoice B', "Invoice 'A'"]);
  t.equal((await client.ask('~/messages?$orderby=toRecipients')).code, 'ErrorInvalidUrlQuery');
  client.simulator.graph.behaviour = { ...client.simulator.graph.behaviour, sortOutsideFilter: 'unsorted' };
  t.same(subjects(await list('isRead eq false')), ['Letter', "Invoice 'A'"], 'silently unsorted');
  client.simulator.graph.behaviour = { ...client.simulator.graph.behaviour, dateFirstCarries: 'flags' };
  t.equal((await list(`${DATES} and importance eq 'high'`)).code, 'InefficientFilter');
});
