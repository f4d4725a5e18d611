/** What a conforming, strict XML parser (saxes) makes of a document. */
import { SaxesParser } from 'saxes';
import { EWS_TYPES, SOAP_11, SOAP_12 } from '../../src/soap/namespaces.ts';

export function decode(bytes: Buffer): string {
  const name =
    bytes[0] === 0xff || bytes[1] === 0 ? 'utf-16le' : bytes[0] === 0xfe || bytes[0] === 0 ? 'utf-16be' : 'utf-8';
  return new TextDecoder(name).decode(bytes);
}

/**
 * The identities of all ExchangeImpersonation elements that stand directly in soap:Header.
 *
 * @throws Error where the document is not well-formed
 */
export function impersonations(bytes: Buffer): { type: string; value: string }[] {
  const found: { type: string; value: string }[] = [];
  const path: string[] = [];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ uri, local }) => {
    const soap = uri === SOAP_11 || uri === SOAP_12 ? 'soap:' : uri === EWS_TYPES ? 't:' : '';
    path.push(`${soap}${local}`);
    if (
      path.join('/').startsWith('soap:Envelope/soap:Header/t:ExchangeImpersonation/t:ConnectingSID/t:') &&
      path.length === 5
    )
      found.push({ type: local, value: '' });
  });
  const onText = (text: string): void => {
    const last = found.at(-1);
    if (path.length === 5 && path[2] === 't:ExchangeImpersonation' && last !== undefined) last.value += text;
  };
  parser.on('text', onText);
  parser.on('cdata', onText);
  parser.on('closetag', () => void path.pop());
  parser.write(decode(bytes)).close();
  return found;
}

/** Whether saxes accepts the document as a whole. */
export function isWellFormed(text: string): boolean {
  try {
    const parser = new SaxesParser({ xmlns: true });
    parser.on('error', (error) => {
      throw error;
    });
    parser.write(text).close();
    return true;
  } catch {
    return false;
  }
}
