/** Normal forms are those of Unicode, in time linear in the text. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { CredentialCache } from '../src/callers/credential-cache.ts';
import { hasQuestionMarks, questionMarksForm } from '../src/callers/password-hash.ts';
import { normalName } from '../src/callers/user-name.ts';
import { matches } from '../src/ews/matches.ts';
import { normalized } from '../src/normal-form.ts';
import { runs } from './support/effort.ts';
import { growthOf } from './support/growth.ts';

const SOURCES = join(import.meta.dirname, '../src');
const FORMS = ['NFC', 'NFD'] as const;

t.test('as the system has them, for up to 30 marks behind a letter', async () => {
  // Letters that compose with each other and with marks, and marks of several classes.
  const letter = fc.constantFrom('a', 'A', 'é', 'ﬃ', 'Å', '가', 'ᄀ', 'ᅡ', 'ᆨ', 'ক', '😀', ' ', '?');
  const mark = fc.constantFrom(
    '\u0301',
    '\u0334',
    '\u0327',
    '\u0308',
    '\u09c7',
    '\u09be',
    '\u302e',
    '\u{1d165}',
    '\u0344',
  );
  const syllable = fc.tuple(letter, fc.array(mark, { maxLength: 30 })).map(([first, marks]) => first + marks.join(''));
  fc.assert(
    fc.property(fc.array(syllable, { maxLength: 8 }), (syllables) => {
      const text = syllables.join('');
      return FORMS.every((form) => normalized(text, form) === text.normalize(form));
    }),
    { numRuns: runs(2_000) },
  );
});

t.test('with more marks nothing is lost', async (t) => {
  const text = `a${'\u0301'.repeat(40)}${'\u0334'.repeat(40)}b\u0308`;
  t.same([...normalized(text, 'NFD')].toSorted(), [...text].toSorted());
});

/** Each mark has to be moved over all of the first half. */
const disordered = (length: number): string => `a${'\u0301'.repeat(length / 2)}${'\u0334'.repeat(length / 2)}`;

t.test('whatever order many marks come in, time is linear', async (t) => {
  const cache = new CredentialCache();
  const readers: Readonly<Record<string, (text: string) => unknown>> = {
    'a user name': normalName,
    'a credential': (text) => cache.keyOf({ username: text, password: text }),
    'a password that may hold question marks': (text) => [questionMarksForm(text), hasQuestionMarks(`?${text}`)],
    'a text that is looked for in mail': (text) =>
      matches(
        {
          kind: 'Contains',
          field: { kind: 'named', uri: 'item:Body' },
          value: text,
          mode: 'Substring',
          ignoreCase: true,
          ignoreNonSpacing: true,
        },
        () => text,
      ),
  };
  for (const [name, read] of Object.entries(readers)) {
    const { isLinear, figures } = await growthOf(disordered, read, 24_000);
    t.ok(isLinear, `${name}: ${figures}`);
  }
});

t.test('nothing brings a text into a normal form past this', async (t) => {
  const others = globSync('**/*.ts', { cwd: SOURCES }).filter(
    (file) => /\.normalize\(['"`]?NF/.test(readFileSync(join(SOURCES, file), 'utf8')) && file !== 'normal-form.ts',
  );
  t.same(others, []);
});
