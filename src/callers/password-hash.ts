/**
 * Password hashes as they stand in the configuration: argon2id as a PHC string, scrypt as
 * `scrypt:N:r:p:salt:hash` from before. A second PHC string behind a space is the hash of the
 * password's {@link questionMarksForm}.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9106 (Argon2)
 * @see https://www.rfc-editor.org/rfc/rfc7914 (scrypt)
 * @see https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html (parameters)
 */
import { argon2, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { normalized } from '../normal-form.ts';

/** What decides how long an argon2id hash takes. */
export interface PasswordCost {
  /** In KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

interface Derived {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

export interface Argon2Hash extends PasswordCost, Derived {
  readonly kind: 'argon2id';
}

export interface ScryptHash extends Derived {
  readonly kind: 'scrypt';
  /** CPU and memory cost, a power of two. */
  readonly N: number;
  /** Block size. */
  readonly r: number;
  /** Parallelisation. */
  readonly p: number;
}

export type PasswordHash = (Argon2Hash | ScryptHash) & {
  /** Of the form with question marks; undefined where the password is ASCII, or nobody knows. */
  readonly questionMarks?: Argon2Hash | undefined;
};

export interface HashingOptions {
  /** Cost of hashes that are made; default: what OWASP recommends. */
  readonly cost?: PasswordCost;
  /** What every refusal takes, in milliseconds. */
  readonly refusalTime?: number;
}

/** Cost of new hashes: 20 to 35 ms and 19 MiB on a small server. */
const DEFAULT_COST: PasswordCost = { memory: 19_456, passes: 2, parallelism: 1 };
const HASH_BYTES = 32;
const SALT_BYTES = 16;
const MAX_SCRYPT_MEMORY = 256 * 1024 * 1024;
/** Bounds of hashes that are read, so that a mistake in the configuration does not fill the memory. */
const MOST: PasswordCost = { memory: 262_144, passes: 16, parallelism: 4 };
const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43,86})$/;
const SCRYPT = /^scrypt:(\d{1,8}):(\d{1,3}):(\d{1,3}):([\w-]{16,86}):([\w-]{32,86})$/;
// oxlint-disable-next-line no-control-regex -- anything beyond ASCII
const BEYOND_ASCII = /[^\x00-\x7f]/gu;

/**
 * @param password in clear
 * @param cost argon2id's parameters, by default what OWASP recommends
 * @returns the text for the configuration's `password.hash`; with a second hash where the password has
 *   letters beyond ASCII
 */
export async function hashPassword(password: string, cost: PasswordCost = DEFAULT_COST): Promise<string> {
  const form = questionMarksForm(password);
  const hash = await makeHash(password, cost);
  return form === undefined ? hash : `${hash} ${await makeHash(form, cost)}`;
}

/** The parsed hash, or undefined where the text is not one or its cost is out of bounds. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const [first = '', second, ...rest] = text.split(' ');
  if (rest.length > 0) return undefined;
  const hash = parseArgon2(first) ?? parseScrypt(first);
  if (hash === undefined || second === undefined) return hash;
  const questionMarks = parseArgon2(second);
  return questionMarks === undefined ? undefined : { ...hash, questionMarks };
}

/** Whether the password is the one that was hashed. Takes the same time either way. */
export async function matchesPassword(password: string, expected: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, expected), expected.hash);
}

/**
 * What clients send that write ASCII and know no better, such as Apache HttpClient 4: a `?` for each
 * character beyond it.
 *
 * @returns undefined where the text is ASCII
 */
export function questionMarksForm(text: string): string | undefined {
  const form = normalized(text, 'NFC').replace(BEYOND_ASCII, '?');
  return form === text ? undefined : form;
}

/** Whether a text is ASCII with question marks, so that it may be a {@link questionMarksForm}. */
export function hasQuestionMarks(text: string): boolean {
  return text.includes('?') && questionMarksForm(text) === undefined;
}

async function makeHash(password: string, cost: PasswordCost): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, { kind: 'argon2id', ...cost, salt, hash: Buffer.alloc(HASH_BYTES) });
  const { memory, passes, parallelism } = cost;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** Base64 as PHC strings have it. */
function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

function parseArgon2(text: string): Argon2Hash | undefined {
  const match = PHC.exec(text);
  if (match === null) return undefined;
  const [memory, passes, parallelism] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const sane =
    memory >= 8 * parallelism &&
    memory <= MOST.memory &&
    passes >= 1 &&
    passes <= MOST.passes &&
    parallelism >= 1 &&
    parallelism <= MOST.parallelism;
  if (!sane) return undefined;
  const [salt, hash] = [Buffer.from(match[4] ?? '', 'base64'), Buffer.from(match[5] ?? '', 'base64')];
  return { kind: 'argon2id', memory, passes, parallelism, salt, hash };
}

function parseScrypt(text: string): ScryptHash | undefined {
  const match = SCRYPT.exec(text);
  if (match === null) return undefined;
  const [N, r, p] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const powerOfTwo = N >= 1024 && (N & (N - 1)) === 0;
  if (!powerOfTwo || r < 1 || p < 1 || 128 * N * r > MAX_SCRYPT_MEMORY / 2 || p > 16) return undefined;
  const [salt, hash] = [Buffer.from(match[4] ?? '', 'base64url'), Buffer.from(match[5] ?? '', 'base64url')];
  return { kind: 'scrypt', N, r, p, salt, hash };
}

function derive(password: string, expected: PasswordHash): Promise<Buffer> {
  // NFC, so that a composed and a decomposed umlaut are one password.
  const message = normalized(password, 'NFC');
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, key: Buffer): void => {
      if (error === null) resolve(key);
      else reject(error);
    };
    if (expected.kind === 'argon2id') {
      const { memory, passes, parallelism, salt, hash } = expected;
      argon2('argon2id', { message, nonce: salt, parallelism, tagLength: hash.length, memory, passes }, done);
    } else {
      const { N, r, p, salt, hash } = expected;
      scrypt(message, salt, hash.length, { N, r, p, maxmem: MAX_SCRYPT_MEMORY }, done);
    }
  });
}
