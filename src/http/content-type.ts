/**
 * What a request's Content-Type says, read as HTTP defines it and refused where two readers might differ: a reader
 * that believes another charset or another part of a multipart body sees another envelope.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.3
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.6
 */
import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../errors.ts';

export interface ContentType {
  /** Type and subtype in lower case. */
  readonly mediaType: string;
  /** By name in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const MEDIA_TYPE = new RegExp(`[ \\t]*(${TOKEN}/${TOKEN})`, 'y');
/** A parameter; control characters but tabs, and bytes above ASCII, are refused though RFC 9110 tolerates some. */
const PARAMETER = new RegExp(
  `[ \\t]*;[ \\t]*(?:(${TOKEN})=(?:(${TOKEN})|"((?:[\\t !#-[\\]-~]|\\\\[\\t !-~])*)"))?`,
  'y',
);
const BLANKS = /^[ \t]*$/;
const LONGEST = 1024;

/** Media types of EWS requests: SOAP 1.1, what it may be called as well, and SOAP 1.2. */
const EWS_TYPES: ReadonlySet<string> = new Set(['text/xml', 'application/xml', 'application/soap+xml']);

/**
 * @returns undefined where it is no media type with parameters, or names a parameter twice
 * @example parseContentType('text/xml; charset="utf-8"')?.parameters.get('charset') // 'utf-8'
 */
export function parseContentType(value: string): ContentType | undefined {
  if (value.length > LONGEST) return undefined;
  MEDIA_TYPE.lastIndex = 0;
  const mediaType = MEDIA_TYPE.exec(value)?.[1];
  if (mediaType === undefined) return undefined;
  const parameters = new Map<string, string>();
  PARAMETER.lastIndex = MEDIA_TYPE.lastIndex;
  let end = PARAMETER.lastIndex;
  for (let match = PARAMETER.exec(value); match !== null; match = PARAMETER.exec(value)) {
    end = PARAMETER.lastIndex;
    const [, name, token, quoted = ''] = match;
    // An empty one, as behind a semicolon at the end, says nothing.
    if (name === undefined) continue;
    const key = name.toLowerCase();
    if (parameters.has(key)) return undefined;
    parameters.set(key, token ?? quoted.replace(/\\(.)/gs, '$1'));
  }
  return BLANKS.test(value.slice(end)) ? { mediaType: mediaType.toLowerCase(), parameters } : undefined;
}

/** The last header read: a client sends the same one with each request. */
let latest: { readonly value: string; readonly charset: string | undefined } | undefined;

/**
 * The charset that a request's Content-Type names.
 *
 * @returns undefined where it names none, or there is no such header
 * @throws GatewayError REQUEST_CONTENT_TYPE for a header that is unclear, comes twice, or is not about EWS
 */
export function requestCharset({ headers, rawHeaders }: IncomingMessage): string | undefined {
  const value = headers['content-type'];
  if (value === undefined) return undefined;
  // Node keeps the first of several and says nothing.
  if (count(rawHeaders, 'content-type') > 1) throw refused('comes more than once');
  if (latest?.value === value) return latest.charset;
  const parsed = parseContentType(value);
  if (parsed === undefined) throw refused(`"${value.slice(0, 80)}" is not a media type with parameters`);
  if (!EWS_TYPES.has(parsed.mediaType)) throw refused(`is ${parsed.mediaType.slice(0, 80)}`);
  latest = { value, charset: parsed.parameters.get('charset') };
  return latest.charset;
}

/** How often a header came. @param name in lower case */
function count(rawHeaders: readonly string[], name: string): number {
  let found = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const raw = rawHeaders[index] ?? '';
    if (raw.length === name.length && raw.toLowerCase() === name) found++;
  }
  return found;
}

function refused(what: string): GatewayError {
  return new GatewayError(
    'REQUEST_CONTENT_TYPE',
    `The request's Content-Type ${what}. EWS takes text/xml, application/xml and application/soap+xml, ` +
      'for instance: text/xml; charset=utf-8',
  );
}
