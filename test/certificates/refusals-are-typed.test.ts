import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { AuthorityFilesError, issueServerCertificate, NoNamesError } from '../../src/certificates/local-authority.ts';

t.test('no names, a foreign certificate, and half of an authority', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-certs-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  t.throws(() => issueServerCertificate(folder, { names: [] }), new NoNamesError());
  issueServerCertificate(folder, { names: ['gate.contoso.test'] });
  t.same(issueServerCertificate(folder, { names: [] }).names, ['gate.contoso.test'], 'the names that are there');
  rmSync(join(folder, 'local-ca.key'));
  t.throws(
    () => issueServerCertificate(folder, { names: [] }),
    new AuthorityFilesError(
      `Of the authority in ${folder} one file is missing: ${join(folder, 'local-ca.key')}. ` +
        'Bring it back, or remove the other one and start again.',
    ),
  );
  rmSync(join(folder, 'local-ca.crt'));
  t.throws(() => issueServerCertificate(folder, { names: [] }), {
    name: 'AuthorityFilesError',
    message: /another authority/,
  });
});
