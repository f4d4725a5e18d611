/**
 * ChangeKeys: type of the object, and which version of it a client has seen. Both services write them in standard
 * base64; they are never swapped into Graph's alphabet.
 *
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcfxics/ (2.2.1.2.7 PidTagChangeKey, an XID)
 */
import { decodeBase64 } from './base64.ts';
import type { LongTermId } from './entry-id.ts';

/**
 * Types of objects as ChangeKeys name them, from public samples: `CQAAABYAAAB…` stands with messages,
 * `AQAAABYAAAB…`
 * with folders, `FwAAABYAAAB…` with a non-delivery report.
 */
const TYPES = { folder: 1, message: 9, report: 23 } as const;

/** What the object is whose ChangeKey it is. */
export type ChangeKeyType = keyof typeof TYPES;

export interface ChangeKey {
  /** The number in front: 9 for a message. */
  readonly type: number;
  /** Replica that made the change, and the number of the change there. */
  readonly change: LongTermId;
}

/** Four bytes of type, four of length, GUID and counter. */
const BYTES = 4 + 4 + 16 + 6;
const XID = 22;

/** @returns 40 characters of base64 */
export function writeChangeKey(type: ChangeKeyType, { replica, counter }: LongTermId): string {
  const bytes = Buffer.alloc(BYTES);
  bytes.writeUInt32LE(TYPES[type], 0);
  bytes.writeUInt32LE(XID, 4);
  bytes.write(replica, 8, 'hex');
  bytes.writeUIntBE(counter, 24, 6);
  return bytes.toString('base64');
}

/** @returns undefined where the text is no ChangeKey with a version inside */
export function readChangeKey(text: string): ChangeKey | undefined {
  const bytes = decodeBase64(text, 40);
  if (bytes?.length !== BYTES || bytes.readUInt32LE(4) !== XID) return undefined;
  return {
    type: bytes.readUInt32LE(0),
    change: { replica: bytes.toString('hex', 8, 24), counter: bytes.readUIntBE(24, 6) },
  };
}
