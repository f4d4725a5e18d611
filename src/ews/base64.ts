/** Base64 that comes in pieces. @see https://www.rfc-editor.org/rfc/rfc4648#section-4 */
import { malformed } from '../soap/malformed.ts';

export class Base64Decoder {
  /** Characters of a group that is not whole. */
  #rest = '';
  #padded = false;

  /** Bytes of the next piece, blanks left out. @throws GatewayError ENVELOPE_MALFORMED */
  push(text: string): Buffer {
    const fresh = /[ \t\r\n]/.test(text) ? text.replace(/[ \t\r\n]+/g, '') : text;
    if (fresh === '') return Buffer.alloc(0);
    const all = this.#rest + fresh;
    if (this.#padded && fresh !== '=') throw invalid();
    const padding = all.indexOf('=');
    const data = padding === -1 ? all : all.slice(0, padding);
    if (!/^[A-Za-z0-9+/]*$/.test(data)) throw invalid();
    if (padding !== -1) {
      if (!/^={1,2}$/.test(all.slice(padding))) throw invalid();
      this.#padded = true;
    }
    const whole = all.length - (all.length % 4);
    if (padding !== -1 && padding < whole - 2) throw invalid();
    this.#rest = all.slice(whole);
    return Buffer.from(all.slice(0, whole), 'base64');
  }

  /** @throws GatewayError ENVELOPE_MALFORMED where a group is not whole */
  end(): void {
    if (this.#rest !== '') throw invalid();
  }
}

function invalid(): Error {
  return malformed('content is not valid base64');
}
