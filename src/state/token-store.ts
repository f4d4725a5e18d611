/**
 * Refresh tokens of signed-in mailboxes, encrypted at rest: a file for each mailbox, so that signing
 * one in and renewing another never meet.
 *
 * AES-256-GCM; the registration and mailbox are authenticated with the token, so that files cannot be
 * exchanged for one another.
 *
 * @see https://csrc.nist.gov/pubs/sp/800/38/d/final
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readSecretIfThere, writeAtomically } from './atomic-file.ts';

const KEY_BYTES = 32;
const IV_BYTES = 12;

interface Sealed {
  readonly version: 1;
  readonly registration: string;
  readonly mailbox: string;
  readonly iv: string;
  readonly tag: string;
  readonly data: string;
}

export class TokenStore {
  readonly #folder: string;
  readonly #key: Buffer;

  /** @param key 32 bytes */
  constructor(folder: string, key: Buffer) {
    if (key.length !== KEY_BYTES)
      throw new Error(`the key of the token store has ${key.length} bytes instead of ${KEY_BYTES}`);
    this.#folder = folder;
    this.#key = key;
  }

  /**
   * @returns the refresh token, undefined where the mailbox was never signed in
   * @throws Error where the file cannot be read with this key
   */
  read(registration: string, mailbox: string): string | undefined {
    const path = this.#path(registration, mailbox);
    const text = readSecretIfThere(path);
    if (text === undefined) return undefined;
    try {
      const { iv, tag, data } = JSON.parse(text) as Sealed;
      const decipher = createDecipheriv('aes-256-gcm', this.#key, Buffer.from(iv, 'base64'), { authTagLength: 16 });
      decipher.setAAD(contextOf(registration, mailbox));
      decipher.setAuthTag(Buffer.from(tag, 'base64'));
      return Buffer.concat([decipher.update(Buffer.from(data, 'base64')), decipher.final()]).toString('utf8');
    } catch (error) {
      throw new Error(`${path} cannot be decrypted: it was written with another key, or is damaged`, { cause: error });
    }
  }

  /** @throws Error where it cannot be written; what was there before is kept then */
  write(registration: string, mailbox: string, refreshToken: string): void {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv, { authTagLength: 16 });
    cipher.setAAD(contextOf(registration, mailbox));
    const data = Buffer.concat([cipher.update(refreshToken, 'utf8'), cipher.final()]);
    const sealed: Sealed = {
      version: 1,
      registration,
      mailbox,
      iv: iv.toString('base64'),
      tag: cipher.getAuthTag().toString('base64'),
      data: data.toString('base64'),
    };
    writeAtomically(this.#path(registration, mailbox), `${JSON.stringify(sealed)}\n`);
  }

  #path(registration: string, mailbox: string): string {
    return join(
      this.#folder,
      `${createHash('sha256').update(contextOf(registration, mailbox)).digest('hex').slice(0, 32)}.json`,
    );
  }
}

/** A key from its text: 32 bytes in base64. Undefined where it is none. */
export function parseStoreKey(text: string): Buffer | undefined {
  const key = Buffer.from(text.trim(), 'base64');
  return key.length === KEY_BYTES && /^[A-Za-z0-9+/]{43}=$/.test(text.trim()) ? key : undefined;
}

/** The text of the key in a file, which is made, for the own account only, where there is none. */
export function keyFromFile(path: string): string {
  const existing = readSecretIfThere(path);
  if (existing !== undefined) return existing;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const text = `${randomBytes(KEY_BYTES).toString('base64')}\n`;
  let file: number;
  try {
    file = openSync(path, 'wx', 0o600);
  } catch (error) {
    // Another process was first.
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return readSecretIfThere(path) ?? '';
    throw error;
  }
  try {
    writeSync(file, text);
    fsyncSync(file);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  return text;
}

function contextOf(registration: string, mailbox: string): Buffer {
  return Buffer.from(JSON.stringify([registration, mailbox.toLowerCase()]));
}
