/**
 * The run-length coding of item ids: two equal bytes are followed by the number of further repeats, 0 to 255.
 *
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwsitemid/ (Id Compression)
 */

/** Codes bytes; the result may be longer than they are. Linear in their number. */
export function compress(bytes: Uint8Array): Buffer {
  // The worst case is pairs only: three bytes for two.
  const coded = Buffer.alloc(bytes.length + (bytes.length >> 1));
  let length = 0;
  for (let index = 0; index < bytes.length;) {
    const byte = bytes[index] ?? 0;
    let run = 1;
    while (run < 257 && index + run < bytes.length && bytes[index + run] === byte) run++;
    coded[length++] = byte;
    if (run > 1) {
      coded[length++] = byte;
      coded[length++] = run - 2;
    }
    index += run;
  }
  return coded.subarray(0, length);
}

/**
 * Decodes bytes. Linear in the length of the result.
 *
 * @param limit the longest result, in bytes
 * @returns undefined where a count is missing or the result would be longer
 */
export function decompress(coded: Uint8Array, limit: number): Buffer | undefined {
  const bytes = Buffer.alloc(limit);
  let length = 0;
  for (let index = 0; index < coded.length;) {
    const byte = coded[index++] ?? 0;
    let run = 1;
    if (coded[index] === byte) {
      const more = coded[index + 1];
      if (more === undefined) return undefined;
      run = 2 + more;
      index += 2;
    }
    if (length + run > limit) return undefined;
    bytes.fill(byte, length, length + run);
    length += run;
  }
  return bytes.subarray(0, length);
}
