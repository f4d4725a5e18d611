/**
 * Password hashes as they stand in the configuration: `scrypt:N:r:p:salt:hash`, salt and hash in
 * base64url.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7914 (scrypt)
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html (parameters)
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

export interface PasswordHash {
  /** CPU and memory cost, a power of two. */
  readonly N: number;
  /** Block size. */
  readonly r: number;
  /** Parallelisation. */
  readonly p: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** What decides how long a hash takes. */
export type PasswordCost = Pick<PasswordHash, 'N' | 'r' | 'p'>;

export interface HashingOptions {
  /** Cost of hashes that are made; default: what OWASP recommends. */
  readonly cost?: PasswordCost;
  /** How long a verification is assumed to take until one was timed, in milliseconds. */
  readonly assumedTime?: number;
}

/** Cost of new hashes: about 0.2 s and 32 MiB on a small server. */
const DEFAULT_COST: PasswordCost = { N: 2 ** 15, r: 8, p: 3 };
const HASH_BYTES = 32;
const SALT_BYTES = 16;
const MAX_MEMORY = 256 * 1024 * 1024;

/**
 * @param password in clear
 * @param cost scrypt's parameters, by default what OWASP recommends
 * @returns the text for the configuration's `password.hash`
 */
export async function hashPassword(password: string, cost: PasswordCost = DEFAULT_COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, { ...cost, salt, hash: Buffer.alloc(HASH_BYTES) });
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), hash.toString('base64url')].join(':');
}

/** The parsed hash, or undefined where the text is not one or its cost is out of bounds. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const match = /^scrypt:(\d{1,8}):(\d{1,3}):(\d{1,3}):([\w-]{16,}):([\w-]{32,})$/.exec(text);
  if (match === null) return undefined;
  const [N, r, p] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const powerOfTwo = N >= 1024 && (N & (N - 1)) === 0;
  if (!powerOfTwo || r < 1 || p < 1 || 128 * N * r > MAX_MEMORY / 2 || p > 16) return undefined;
  return { N, r, p, salt: Buffer.from(match[4] ?? '', 'base64url'), hash: Buffer.from(match[5] ?? '', 'base64url') };
}

/** Whether the password is the one that was hashed. Takes the same time either way. */
export async function matchesPassword(password: string, expected: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, expected), expected.hash);
}

function derive(password: string, { N, r, p, salt, hash }: PasswordHash): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // NFC, so that a composed and a decomposed umlaut are one password.
    scrypt(password.normalize('NFC'), salt, hash.length, { N, r, p, maxmem: MAX_MEMORY }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
