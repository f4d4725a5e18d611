/** A private key that the tests share: making one takes up to half a second of the processor. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newKey } from '../../src/certificates/x509.ts';

/** RSA 2048 in PEM, made by the first test that needs it and kept beside the compile cache. */
export const TEST_KEY = sharedKey();

function sharedKey(): string {
  const folder = join(import.meta.dirname, '../../node_modules/.cache/ews-gateway');
  const file = join(folder, 'test.key');
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const key = newKey();
    mkdirSync(folder, { recursive: true });
    // Whole, or not there: another test may read it right now.
    writeFileSync(`${file}.${process.pid}`, key, { mode: 0o600 });
    renameSync(`${file}.${process.pid}`, file);
    return key;
  }
}
