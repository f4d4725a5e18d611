import t from 'tap';
import { ConfigDocument, ConfigError } from '../../src/config/problems.ts';
import { validate } from '../../src/config/validate.ts';

/** What is said of a text, without the file's name. */
function said(text: string): string {
  try {
    validate(new ConfigDocument('f', text));
    return '';
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => problem.replace(/^f:/, '')).join('\n');
  }
}

t.test('a tab', async (t) => {
  t.equal(
    said('log:\n\tlevel: info\n'),
    '2:1: a tab is not allowed before a setting: indent with blanks\n    →level: ····\n    ^',
  );
});

t.test('a colon that is missing', async (t) => {
  const NO_COLON = /this line has no "key: value" form/;
  t.match(said('registrations\n  a:\n    tenantId: x\n'), /^1:1: this line has no .*\n {4}registrations\n {4}\^$/);
  t.match(said('log:\n  level info\n  format: json\n'), /^2:3: this line has no .*\n {6}level ····\n {6}\^$/);
  t.match(said('log:\n  level:info\n  format: json\n'), NO_COLON);
  t.match(said('callers: []\nlisten'), NO_COLON);
});

t.test('a list without dashes', async (t) => {
  const LIST = /callers: must be a list: write each entry on a line of its own, behind a dash and a blank/;
  t.match(said('registrations: {}\ncallers:\n  username: a\n'), LIST);
  t.match(said('registrations: {}\ncallers:\n  -username: a\n'), LIST);
  t.match(said('callers:\n  - username: a\n  username: b\n'), /^3:3: this line begins in another column .*dash/);
  t.match(said('callers:\n  username: a\n  username: b\n'), /^3:3: this key stands twice .*dash/);
  t.match(said('listen:\n  - http://a\n  http://b\n'), /^3:3: this line has no "key: value" form.*dash/);
});

t.test('a Windows path in double quotes', async (t) => {
  t.match(said('listen: [{ certificate: "C:\\certs\\x.pem" }]\n'), /^1:28: in double quotes a backslash .*'C:\\certs/);
  t.equal(
    said('audit: { file: "C:\\new" }\n').split('\n').slice(1).join('\n'),
    '    audit: { file: "·:····" }\n                      ^',
    'also where it happens to be an escape sequence',
  );
  t.match(said('audit: { file: "\\\\server\\share" }\n'), /^1:25: in double quotes/);
  t.notMatch(said("audit: { file: 'C:\\new' }\n"), /quotes/);
  t.notMatch(said('audit: { file: "C:\\\\new" }\n'), /quotes/);
});

t.test('other marks of YAML', async (t) => {
  t.match(said('a: "abc\nb: 2\n'), /^3:1: a quote is not closed/);
  t.match(said('a: { b: 1\nc: 2\n'), /^2:1: a brace \{ is not closed/);
  t.match(said('registrations: [\n'), /^2:1: a bracket \[ is not closed/);
  t.match(said('callers:\n  - username: @contoso.com\n'), /^2:15: a value that begins with this character must be put/);
  t.match(
    said('proxy: { url: "http://p:1", except: [*.contoso.com] }\n'),
    /^1:38: a value that begins with \* must be/,
  );
  t.match(said('log: {}\n---\nlog: {}\n'), /a second document/);
  t.notMatch(said('callers: &all []\nlisten: *all\n'), /must be put in quotes/, 'an alias of an anchor is none');
});

t.test('what may be a secret is not shown', async (t) => {
  for (const text of [
    'credential: { secret: { value: "PLANTED\\q" } }\n',
    'value:\n  PLANTED\n\tx: 1\n',
    'value PLANTED:secret\nlog: {}\n',
    "secret: { value: 'PLANTED }\n",
  ]) {
    t.match(said(text), /\^$/, 'it is a mistake');
    t.notMatch(said(text), /PLANTED/);
  }
});

t.test('a long line is cut around the mistake', async (t) => {
  const lines = said(`audit: { file: "${'x'.repeat(5_000)}\\q" }\n`).split('\n');
  t.ok(lines.every((line) => line.length < 300));
  t.equal(lines[2]?.at(-1), '^');
});
