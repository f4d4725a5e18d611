/**
 * Derives from Microsoft's schemas where a request names a mailbox, less the reviewed exceptions, and writes
 * src/callers/mailbox-places.ts and the table in docs/operations.md: node scripts/mailbox-places.ts
 *
 * A place is the end of an element's path: the element around, the element, and the one within that holds the
 * address. A test derives them again and compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADDITIONAL, EXCEPTIONS } from './mailbox-exceptions.ts';
import { reachable, requestElements, type Declaration } from './schema-model.ts';

/** Of EmailAddressExtendedType, which xsi:type may make of an EmailAddressType. */
const IDENTIFYING = ['EmailAddress', 'PrimaryEmailAddress', 'ExternalObjectId'];
/** Elements that say whose the address is, by the type of what is around them. */
const ADDRESS_TYPES: ReadonlyMap<string | undefined, readonly string[]> = new Map([
  ['t:EmailAddressType', IDENTIFYING],
  ['t:EmailAddressExtendedType', IDENTIFYING],
  ['t:EmailAddress', ['Address']],
]);
const STRINGS = new Set(['xs:string', 't:NonEmptyStringType', 't:SmtpAddressType', 't:GuidType']);
const NAMES = /mailbox|smtp|e-?mail|legacydn|identity|accountname|address$/i;

export interface Derived {
  /** What is judged in any operation, sorted. */
  readonly common: readonly (readonly string[])[];
  /** What is judged in the operation that its path begins with, sorted. */
  readonly ofOperations: readonly (readonly string[])[];
  /** Operations one of whose children has the name of the element that is to be read, and holds it. */
  readonly holders: ReadonlyMap<string, string>;
}

/**
 * @param schemas the folder with services.wsdl, messages.xsd and types.xsd
 * @throws Error where an exception is not in the schemas, or where an element to be read may hold others
 */
export function derive(schemas: string): Derived {
  const declarations = reachable(schemas);
  const roots = new Set(requestElements(schemas));
  const candidates = [...declarations.values()].filter(namesMailbox);
  const exceptions = new Set(EXCEPTIONS.flatMap(({ places }) => places));
  const known = new Set(candidates.map(keyOf));
  for (const place of exceptions) if (!known.has(place)) throw new Error(`no request has the exception ${place}`);
  const judged = candidates.filter((candidate) => !exceptions.has(keyOf(candidate)));
  const attribute = judged.find(({ name }) => name.startsWith('@'));
  if (attribute !== undefined) throw new Error(`the rules see no attributes, as ${keyOf(attribute)} is one`);
  const places = [...judged.flatMap(pathsOf), ...ADDITIONAL].toSorted((a, b) => (a.join('/') < b.join('/') ? -1 : 1));
  return {
    common: places.filter(([first = '']) => !roots.has(first)),
    ofOperations: places.filter(([first = '']) => roots.has(first)),
    holders: findHolders(places, roots, [...declarations.values()]),
  };
}

function keyOf({ owner, name }: Declaration): string {
  return `${owner}/${name}`;
}

function namesMailbox({ owner, name, type, complex }: Declaration): boolean {
  if (ADDRESS_TYPES.has(type)) return true;
  if (ADDRESS_TYPES.has(`t:${owner}`)) return false;
  if (complex) return type === 't:ArrayOfStringsType' && /mailbox/i.test(name);
  return STRINGS.has(type ?? '') && NAMES.test(name);
}

function pathsOf({ name, type, parents }: Declaration): string[][] {
  const within = ADDRESS_TYPES.get(type)?.map((leaf) => [leaf]) ?? [[]];
  return [...parents].flatMap((parent) => within.map((leaf) => [parent, name, ...leaf]));
}

/** An element to be read that may hold others could not be judged, unless it is the outer one of two. */
function findHolders(
  places: readonly (readonly string[])[],
  roots: ReadonlySet<string>,
  declarations: readonly Declaration[],
): Map<string, string> {
  const holders = new Map<string, string>();
  for (const { name, complex, parents, roots: from } of declarations) {
    if (!complex) continue;
    for (const root of from) {
      const isRead = places.some(
        ([first = '', ...rest]) => rest.at(-1) === name && (first === root || !roots.has(first)),
      );
      if (!isRead) continue;
      if (parents.size !== 1 || !parents.has(root)) throw new Error(`${name} in ${root} may hold other elements`);
      holders.set(root, name);
    }
  }
  return new Map([...holders].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** @returns the text of src/callers/mailbox-places.ts */
export function dataFile({ common, ofOperations, holders }: Derived): string {
  const list = (places: Derived['common']): string[] =>
    places.map((path) => `  [${path.map((name) => `'${name}'`).join(', ')}],`);
  return [
    '/** Made by scripts/mailbox-places.ts from the schemas of EWS; every change is reviewed. */',
    '',
    '/** Elements that name a mailbox to be opened, in any operation, by the end of their path. */',
    'export const COMMON_PLACES: readonly (readonly string[])[] = [',
    ...list(common),
    '];',
    '',
    '/** The same in one operation, whose element their path begins with. */',
    'export const OPERATION_PLACES: readonly (readonly string[])[] = [',
    ...list(ofOperations),
    '];',
    '',
    '/** Operations with an element around one of the same name that is to be read. */',
    'export const HOLDERS: ReadonlyMap<string, string> = new Map([',
    ...[...holders].map((entry) => `  [${entry.map((name) => `'${name}'`).join(', ')}],`),
    ']);',
    '',
  ].join('\n');
}

const TABLE = /(<!-- places that name a mailbox -->\n)[^]*?(<!-- end of places -->)/;

/** @returns docs/operations.md with its table of places as derived */
export function withTable(page: string, { common, ofOperations }: Derived): string {
  const judged = new Map<string, string[]>();
  for (const path of [...common, ...ofOperations]) {
    const around = path.slice(0, 2).join('/');
    judged.set(around, [...(judged.get(around) ?? []), path.slice(2).join('/')]);
  }
  const rows = [...judged].map(([around, within]) => {
    const names = within.filter((name) => name !== '');
    return `| \`${around}\` | ${names.length === 0 ? 'itself' : names.map((name) => `\`${name}\``).join(', ')} |`;
  });
  const exempt = EXCEPTIONS.map(
    ({ places: names, reason }) => `| ${names.map((name) => `\`${name}\``).join(', ')} | ${reason} |`,
  );
  const table = [
    '',
    '| element | what is read |',
    '| --- | --- |',
    ...rows,
    '',
    'Not judged, as type and element (or attribute) of the schemas:',
    '',
    '| place | why |',
    '| --- | --- |',
    ...exempt,
    '',
    '',
  ].join('\n');
  if (!TABLE.test(page)) throw new Error('docs/operations.md has no place for the table');
  return page.replace(TABLE, (_, before: string, after: string) => before + table + after);
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  const derived = derive(join(root, 'src/ews/schemas'));
  writeFileSync(join(root, 'src/callers/mailbox-places.ts'), dataFile(derived));
  const page = join(root, 'docs/operations.md');
  writeFileSync(page, withTable(readFileSync(page, 'utf8'), derived));
}
