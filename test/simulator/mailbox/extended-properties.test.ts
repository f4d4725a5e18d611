import t from 'tap';
import { ExtendedProperties, PROPERTY_SETS } from '../../../src/simulator/mailbox/extended-properties.ts';

const SET = 'C11FF724-aa03-4555-9952-8fa248a11c3e';

t.test('properties by tag, by id and by name in a set, each of its type', async (t) => {
  const properties = ExtendedProperties.of([
    { path: { type: 'Integer', tag: 0x0e07 }, value: '1' },
    { path: { type: 'SystemTime', set: PROPERTY_SETS['Common'] ?? '', id: 0x8502 }, value: '2026-01-01T00:00:00Z' },
    { path: { type: 'String', set: SET, name: 'Imported' }, value: 'yes' },
    { path: { type: 'StringArray', set: SET, name: 'Imported' }, value: ['a', 'b'] },
  ]);
  t.equal(properties.size, 4);
  t.equal(properties.get({ type: 'Integer', tag: 3591 }), '1');
  t.equal(
    properties.get({ type: 'SystemTime', set: '00062008-0000-0000-C000-000000000046', id: 34050 }),
    '2026-01-01T00:00:00Z',
  );
  t.equal(properties.get({ type: 'String', set: SET.toUpperCase(), name: 'Imported' }), 'yes', 'a GUID has no case');
  t.equal(properties.get({ type: 'String', set: SET, name: 'imported' }), undefined, 'a name has');
  t.same(properties.get({ type: 'StringArray', set: SET, name: 'Imported' }), ['a', 'b']);
  t.equal(properties.get({ type: 'Long', tag: 0x0e07 }), undefined);
});

t.test('a name that looks like an id is none', async (t) => {
  const properties = ExtendedProperties.of([{ path: { type: 'String', set: SET, name: '#5' }, value: 'name' }]);
  t.equal(properties.get({ type: 'String', set: SET, id: 5 }), undefined);
});

t.test('a change makes another set', async (t) => {
  const path = { type: 'String', tag: 0x1042 } as const;
  const one = ExtendedProperties.NONE.with({ path, value: 'a' });
  t.same([one.get(path), ExtendedProperties.NONE.size, one.without(path).size, one.size], ['a', 0, 0, 1]);
});
