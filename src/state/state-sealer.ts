/**
 * Seals state that travels with a client: SyncState, watermarks, subscription ids over Graph. What comes back is
 * authentic and was made for the same purpose, backend, caller and mailbox. It was made with one of two keys, so that
 * a key can be replaced without cutting clients off. Any gateway that has the key can open what another one sealed.
 *
 * Form: base64url of version (1 byte), key id (4 bytes), MAC (16 bytes), raw-deflated JSON. The MAC (HMAC-SHA-256,
 * cut to 128 bits) is checked before anything is inflated, and covers the binding, which is not stored.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5869 (HKDF)
 * @see https://www.rfc-editor.org/rfc/rfc2104 (HMAC, truncation in section 5)
 */
import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** What a seal is bound to: it opens for the same values only. */
export interface SealBinding {
  /** What the state is, for example 'sync-items'. */
  readonly purpose: string;
  readonly backend: string;
  readonly caller: string;
  readonly mailbox: string;
}

/** Of a subscription, and of all state that Graph's answers hold but for its purpose. */
export function subscriptionBinding(caller: string, mailbox: string): SealBinding {
  return { purpose: 'subscription', backend: 'graph', caller, mailbox };
}

/** Whether a text has the form of a seal; it may be anybody's. */
export function looksSealed(text: string): boolean {
  return /^A[Q-Za-f][\w-]{26,}$/.test(text.slice(0, 100)) && /^[\w-]+$/.test(text);
}

const VERSION = 1;
const KEY_ID_BYTES = 4;
const MAC_BYTES = 16;
const HEAD_BYTES = 1 + KEY_ID_BYTES + MAC_BYTES;
/** Clients send a SyncState again with each call; some keep it in a text column. */
const MAX_SEALED = 256 * 1024;
/** In bytes of JSON: that of 10,000 folders and their parents is 2 MB, and packs to a twentieth. */
const MAX_INFLATED = 8 * 1024 * 1024;
export const STATE_KEY_BYTES = 32;

interface SealKey {
  readonly id: Buffer;
  readonly secret: Buffer;
}

export class StateSealer {
  /** The first one seals, all of them open. */
  readonly #keys: readonly SealKey[];

  /**
   * @param keys the key in force, and the one before it where it was replaced; 32 bytes each
   * @throws RangeError where there is no key, or one has another length
   */
  constructor(keys: readonly Buffer[]) {
    if (keys.length === 0) throw new RangeError('a sealer needs a key');
    this.#keys = keys.map((secret) => {
      if (secret.length !== STATE_KEY_BYTES) throw new RangeError(`a state key has ${STATE_KEY_BYTES} bytes`);
      return { id: createHash('sha256').update('key id').update(secret).digest().subarray(0, KEY_ID_BYTES), secret };
    });
  }

  /**
   * @param state plain JSON
   * @returns text in the alphabet of base64url
   * @throws RangeError where it would be too long
   */
  seal(binding: SealBinding, state: unknown): string {
    const [key] = this.#keys;
    if (key === undefined) throw new RangeError('a sealer needs a key');
    const json = Buffer.from(JSON.stringify(state));
    // What could not be opened again would fail for good, at each later request of its client.
    if (json.length > MAX_INFLATED) throw new RangeError(`the state has more than ${MAX_INFLATED} bytes`);
    const packed = deflateRawSync(json);
    const head = Buffer.concat([Buffer.of(VERSION), key.id]);
    const sealed = Buffer.concat([head, macOf(key, binding, head, packed), packed]).toString('base64url');
    if (sealed.length > MAX_SEALED) throw new RangeError(`the state has more than ${MAX_SEALED} characters`);
    return sealed;
  }

  /** The state; undefined where the text was not sealed here for this binding. */
  open(binding: SealBinding, sealed: string): unknown {
    if (sealed.length > MAX_SEALED || !/^[\w-]+$/.test(sealed)) return undefined;
    const bytes = Buffer.from(sealed, 'base64url');
    // One text only for each seal: what is left over at the end does not count in base64.
    if (bytes.toString('base64url') !== sealed) return undefined;
    if (bytes.length <= HEAD_BYTES || bytes[0] !== VERSION) return undefined;
    const head = bytes.subarray(0, 1 + KEY_ID_BYTES);
    const key = this.#keys.find(({ id }) => id.equals(head.subarray(1)));
    if (key === undefined) return undefined;
    const packed = bytes.subarray(HEAD_BYTES);
    if (!timingSafeEqual(macOf(key, binding, head, packed), bytes.subarray(1 + KEY_ID_BYTES, HEAD_BYTES)))
      return undefined;
    return JSON.parse(inflateRawSync(packed, { maxOutputLength: MAX_INFLATED }).toString('utf8')) as unknown;
  }
}

function macOf({ secret }: SealKey, binding: SealBinding, head: Buffer, packed: Buffer): Buffer {
  const { purpose, backend, caller, mailbox } = binding;
  const key = Buffer.from(hkdfSync('sha256', secret, '', `ews-gateway state ${purpose}`, 32));
  // JSON keeps the fields apart, whatever stands in them.
  const bound = JSON.stringify([purpose, backend, caller.toLowerCase(), mailbox.toLowerCase()]);
  return createHmac('sha256', key)
    .update(head)
    .update(bound)
    .update('\0')
    .update(packed)
    .digest()
    .subarray(0, MAC_BYTES);
}
