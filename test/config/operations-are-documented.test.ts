import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { GRANTABLE, KNOWN_OPERATIONS, OPERATION_PRESETS } from '../../src/ews/operations.ts';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');

t.test('docs/operations.md has each operation with its presets', async (t) => {
  const rows = [...read('docs/operations.md').matchAll(/^\| (\w+) \| (yes)? ?\| (yes)? ?\| (yes|by name only) \|$/gm)];
  t.same(
    rows.map((row) => row[1]),
    [...GRANTABLE].toSorted(),
  );
  for (const [, name = '', capture, mail, all] of rows) {
    t.same(
      [capture === 'yes', mail === 'yes', all === 'yes'],
      [OPERATION_PRESETS.capture.has(name), OPERATION_PRESETS.mail.has(name), OPERATION_PRESETS.all.has(name)],
      name,
    );
  }
});

t.test('every operation of the WSDL is known', async (t) => {
  const wsdl = read('src/ews/schemas/services.wsdl');
  const names = new Set([...wsdl.matchAll(/<wsdl:operation name="(\w+)"/g)].map((match) => match[1] ?? ''));
  t.ok(names.size > 100);
  t.same(
    [...names].filter((name) => !KNOWN_OPERATIONS.has(name)),
    [],
  );
});
