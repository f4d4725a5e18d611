/**
 * The two alphabets of item ids: EWS writes `+` and `/`, Microsoft Graph `_` and `-` in their places. That is not the
 * base64url of RFC 4648, which has them the other way round.
 *
 * @see https://learn.microsoft.com/graph/outlook-immutable-id
 */

const TO_GRAPH: Readonly<Record<string, string>> = { '+': '_', '/': '-' };
const TO_EWS: Readonly<Record<string, string>> = { '_': '+', '-': '/' };

/** An id as Microsoft Graph writes it. */
export function toGraphAlphabet(ewsId: string): string {
  return ewsId.replace(/[+/]/g, (character) => TO_GRAPH[character] ?? character);
}

/** An id as EWS writes it. */
export function toEwsAlphabet(graphId: string): string {
  return graphId.replace(/[_-]/g, (character) => TO_EWS[character] ?? character);
}
