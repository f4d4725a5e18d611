import t from 'tap';
import { findItem, INBOX, pick, startExchange } from '../../support/simulated-exchange.ts';
import { mail } from '../../support/stack.ts';

const constant = (value: string): string =>
  `<t:FieldURIOrConstant><t:Constant Value="${value}"/></t:FieldURIOrConstant>`;
const where = (uri: string, value: string, how = 'IsEqualTo'): string =>
  `<m:Restriction><t:${how}><t:FieldURI FieldURI="${uri}"/>${constant(value)}</t:${how}></m:Restriction>`;
const order = (uri: string): string =>
  `<m:SortOrder><t:FieldOrder Order="Descending"><t:FieldURI FieldURI="${uri}"/></t:FieldOrder></m:SortOrder>`;

t.test('what the store cannot search or sort by is refused', async (t) => {
  const { call, keepForSchemas } = await startExchange(t);
  const code = async (more: string): Promise<string> =>
    pick(await call(findItem(INBOX, 'IdOnly', more)), /ResponseCode>(\w+)</);
  t.equal(await code(where('message:ToRecipients', 'x')), 'ErrorUnsupportedPathForQuery');
  t.equal(await code(where('item:Size', '1', 'IsGreaterThan')), 'NoError');
  t.equal(await code(order('item:Body')), 'ErrorUnsupportedPathForSortGroup');
  t.equal(await code(order('item:Size')), 'NoError');
  const contains =
    '<m:Restriction><t:Contains ContainmentMode="Substring" ContainmentComparison="Exact">' +
    '<t:FieldURI FieldURI="item:Size"/><t:Constant Value="1"/></t:Contains></m:Restriction>';
  t.equal(await code(contains), 'ErrorContainsFilterWrongType');
  t.equal(
    await code('<m:IndexedPageItemView MaxEntriesReturned="0" Offset="0" BasePoint="Beginning"/>'),
    'ErrorInvalidPagingMaxRows',
  );
  keepForSchemas();
});

t.test('categories, extended properties and fractions of a result', async (t) => {
  const { call, simulator, keepForSchemas } = await startExchange(t);
  for (const [index, subject] of ['a', 'b', 'c', 'd'].entries()) {
    const receivedAt = new Date(Date.UTC(2026, 0, 1 + index));
    const item = await simulator.exchange.mailboxes[0]?.deliver(mail(subject), 'inbox', { receivedAt });
    if (subject === 'b') simulator.exchange.mailboxes[0]?.update(item?.id ?? '', { categories: ['Done', 'Paid'] });
  }
  const list = async (more: string): Promise<string> => {
    const answer = await call(findItem(INBOX, 'Default', more));
    return [...answer.matchAll(/<t:Subject>(\w+)</g)].map(([, subject]) => subject).join('');
  };
  t.equal(await list(''), 'dcba', 'the newest first');
  t.equal(await list(where('item:Categories', 'paid')), 'b');
  t.equal(await list('<m:FractionalPageItemView Numerator="1" Denominator="2" MaxEntriesReturned="1"/>'), 'b');
  const later =
    '<m:Restriction><t:IsGreaterThan><t:ExtendedFieldURI PropertyTag="0x0e06" PropertyType="SystemTime"/>' +
    `${constant('2026-01-02T00:00:00Z')}</t:IsGreaterThan></m:Restriction>`;
  t.equal(await list(later), 'dc');
  const grouped = await call(
    findItem(
      INBOX,
      'Default',
      '<m:GroupBy Order="Ascending"><t:FieldURI FieldURI="item:Subject"/>' +
        '<t:AggregateOn Aggregate="Maximum"><t:FieldURI FieldURI="item:Subject"/></t:AggregateOn></m:GroupBy>',
    ),
  );
  t.equal([...grouped.matchAll(/<t:GroupIndex>(\w)</g)].map(([, value]) => value).join(''), 'abcd');
  keepForSchemas();
});
