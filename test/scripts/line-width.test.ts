import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { wideLines } from '../../scripts/line-width.ts';

t.test('a line of more than 120 characters is found, whatever it is', async (t) => {
  const root = t.testdir({
    src: {
      'fits.ts': `${'é'.repeat(120)}\r\n`,
      'wide.ts': `short\n// ${'x'.repeat(118)}\n`,
      'unbreakable.ts': `  /${'x'.repeat(130)}/y,\n// https://example.com/${'x'.repeat(130)}\n`,
      'mail.eml': 'x'.repeat(200),
    },
  });
  mkdirSync(join(root, 'test/fixtures'), { recursive: true });
  writeFileSync(join(root, 'test/fixtures/recorded.ts'), 'x'.repeat(200));
  t.strictSame(wideLines(root, ['src', 'test']), [{ file: join('src', 'wide.ts'), line: 2, columns: 121 }]);
});
