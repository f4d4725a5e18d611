/**
 * The documents beside the endpoint, from which programs make their EWS client: WSDL and schemas as Exchange gives them
 * (schemas/NOTICE.md), but for one reference that no client can follow.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/ews-xml-elements-in-exchange
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getAsset, isSea } from 'node:sea';

export type SchemaDocument = 'Services.wsdl' | 'messages.xsd' | 'types.xsd';

/**
 * types.xsd imports `xml.xsd`, which Exchange does not have: node-ews fails on it. All it needs of it is one attribute,
 * which a wildcard for that namespace admits as well.
 */
const UNRESOLVED: readonly (readonly [string, string])[] = [
  ['<xs:import namespace="http://www.w3.org/XML/1998/namespace" schemaLocation="xml.xsd"/>', ''],
  [
    '<xs:attribute ref="xml:lang" use="optional" />',
    '<xs:anyAttribute namespace="http://www.w3.org/XML/1998/namespace" processContents="lax"/>',
  ],
];

const read = new Map<SchemaDocument, Buffer>();

/** A document in UTF-8, read from the disk at its first use. */
export function schemaDocument(name: SchemaDocument): Buffer {
  let bytes = read.get(name);
  if (bytes === undefined) read.set(name, (bytes = Buffer.from(resolvable(textOf(name.toLowerCase())))));
  return bytes;
}

function resolvable(text: string): string {
  return UNRESOLVED.reduce((rest, [from, to]) => rest.replace(from, to), text);
}

/** The single executable has its files inside (scripts/package.ts). */
function textOf(file: string): string {
  return isSea() ? getAsset(file, 'utf8') : readFileSync(join(import.meta.dirname, 'schemas', file), 'utf8');
}
