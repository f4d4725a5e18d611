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
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readSecretIfThere, writeAtomically } from './atomic-file.ts';
import { UNSHARED, type Share, type Shareable, type SharedEntry, type Sharing } from './sharing.ts';

const KEY_BYTES = 32;
const IV_BYTES = 12;

interface Sealed {
  readonly version: 1;
  readonly registration: string;
  readonly mailbox: string;
  readonly iv: string;
  readonly tag: string;
  readonly data: string;
  /** ISO 8601; missing in files of earlier releases. */
  readonly at?: string;
}

export class TokenStore implements Shareable {
  readonly #folder: string;
  readonly #key: Buffer;
  readonly #sharing: Sharing;

  /**
   * @param key 32 bytes
   * @param share with other gateways, which have the same key
   */
  constructor(folder: string, key: Buffer, share: Share = UNSHARED) {
    if (key.length !== KEY_BYTES)
      throw new Error(`the key of the token store has ${key.length} bytes instead of ${KEY_BYTES}`);
    this.#folder = folder;
    this.#key = key;
    this.#sharing = share(this);
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
      at: new Date().toISOString(),
    };
    this.#keep(sealed);
    this.#sharing.changed(entryOf(sealed));
  }

  *entries(): Iterable<SharedEntry> {
    for (const name of namesIn(this.#folder)) {
      const sealed = sealedOf(readSecretIfThere(join(this.#folder, name)));
      if (sealed !== undefined) yield entryOf(sealed);
    }
  }

  take(entries: readonly SharedEntry[]): void {
    for (const { key, value } of entries)
      if (isSealed(value) && keyOf(value.registration, value.mailbox) === key) this.#keep(value);
  }

  #keep(sealed: Sealed): void {
    writeAtomically(this.#path(sealed.registration, sealed.mailbox), `${JSON.stringify(sealed)}\n`);
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

/** What other gateways know a sign-in by, and what it is encrypted for. */
function keyOf(registration: string, mailbox: string): string {
  return JSON.stringify([registration, mailbox.toLowerCase()]);
}

function contextOf(registration: string, mailbox: string): Buffer {
  return Buffer.from(keyOf(registration, mailbox));
}

function entryOf(sealed: Sealed): SharedEntry {
  return { key: keyOf(sealed.registration, sealed.mailbox), at: Date.parse(sealed.at ?? '') || 0, value: sealed };
}

/** Files of sign-ins; the key stands beside them. */
function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => /^[0-9a-f]{32}\.json$/.test(name)) : [];
}

function sealedOf(text: string | undefined): Sealed | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return isSealed(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isSealed(value: unknown): value is Sealed {
  const { version, ...texts } = (value ?? {}) as Partial<Sealed>;
  const { registration, mailbox, iv, tag, data } = texts;
  return version === 1 && [registration, mailbox, iv, tag, data].every((text) => typeof text === 'string');
}
