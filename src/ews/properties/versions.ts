/**
 * Versions of the EWS schema, and which one a request asks for.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/requestserverversion
 */

/** Oldest first, with the names that types.xsd gives them. */
export const SCHEMA_VERSIONS = [
  'Exchange2007',
  'Exchange2007_SP1',
  'Exchange2009',
  'Exchange2010',
  'Exchange2010_SP1',
  'Exchange2010_SP2',
  'Exchange2012',
  'Exchange2013',
  'Exchange2013_SP1',
  'Exchange2015',
  'Exchange2016',
] as const;

/** Exchange Online's. */
const DATED_VERSION = /^V\d{4}_\d\d_\d\d$/;

export type SchemaVersion = (typeof SCHEMA_VERSIONS)[number];

/**
 * @param requested RequestServerVersion/@Version; without it a request means Exchange2007
 * @returns Exchange2016 for the dated versions of Exchange Online (V2017_04_14), which all are newer, and
 *   Exchange2007 for a name that is none
 */
export function schemaVersion(requested: string | undefined): SchemaVersion {
  if (requested !== undefined && DATED_VERSION.test(requested)) return 'Exchange2016';
  return SCHEMA_VERSIONS.find((version) => version === requested) ?? 'Exchange2007';
}

/** Whether Exchange knows a version that a request asks for, else it refuses the request. */
export function isKnownVersion(requested: string): boolean {
  return DATED_VERSION.test(requested) || SCHEMA_VERSIONS.some((version) => version === requested);
}

/** Whether a client of this version knows what came with another one. */
export function isAtLeast(version: SchemaVersion, since: SchemaVersion): boolean {
  return SCHEMA_VERSIONS.indexOf(version) >= SCHEMA_VERSIONS.indexOf(since);
}
