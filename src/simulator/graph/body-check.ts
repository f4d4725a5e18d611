/** Bodies of requests held against the model: names and types of all members, to any depth. */
import type { GraphBehaviour } from './behaviour.ts';
import { GraphError, undeserializable } from './errors.ts';
import { Model } from './model.ts';

interface Checking {
  readonly model: Model;
  readonly behaviour: GraphBehaviour;
}

const DEEPEST = 40;

/**
 * Checks an object of a type.
 *
 * @throws GraphError UnableToDeserializePostBody or RequestBodyRead
 */
export function checkObject(value: unknown, type: string, checking: Checking, depth = 0): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > DEEPEST) throw undeserializable();
  const actual = derived(value as Record<string, unknown>, type, checking.model);
  for (const [name, member] of Object.entries(value)) {
    // Annotations are for either side to ignore (OData JSON format, 4.5).
    if (name.includes('@')) continue;
    const known = checking.model.member(actual, name);
    if (known === undefined) throw unknownMember(name, actual, checking.behaviour);
    checkValue(member, known.type, checking, depth + 1);
  }
}

/**
 * Checks an action's parameters, whose names are in any case.
 *
 * @returns the parameters by their names in lower case
 * @throws GraphError as checkObject
 */
export function checkParameters(
  body: Readonly<Record<string, unknown>>,
  on: string,
  action: string,
  checking: Checking,
): ReadonlyMap<string, unknown> {
  const known = checking.model.parameters(on, action);
  const found = new Map<string, unknown>();
  for (const [name, value] of Object.entries(body)) {
    const type = known.get(name.toLowerCase());
    if (type === undefined)
      throw new GraphError(
        400,
        'RequestBodyRead',
        `The parameter '${name}' in the request payload is not a valid parameter for the operation '${action}'.`,
      );
    // The documentation's own example has "false" in quotes [doc user-sendmail].
    const meant = type === 'Edm.Boolean' && (value === 'true' || value === 'false') ? value === 'true' : value;
    checkValue(meant, type, checking, 1);
    found.set(name.toLowerCase(), meant);
  }
  return found;
}

/** Derived types say so: attachments must. */
function derived(value: Readonly<Record<string, unknown>>, type: string, model: Model): string {
  const named = /^#?microsoft\.graph\.(\w+)$/i.exec(String(value['@odata.type'] ?? ''))?.[1];
  if (named === undefined) return type;
  const lower = named.toLowerCase();
  const found = [
    'fileAttachment',
    'itemAttachment',
    'referenceAttachment',
    'message',
    'event',
    'eventMessage',
    'attachment',
    type,
  ].find((candidate) => candidate.toLowerCase() === lower);
  if (found === undefined || model.type(found) === undefined) throw undeserializable();
  return found;
}

function checkValue(value: unknown, type: string, checking: Checking, depth: number): void {
  if (value === null) return;
  const element = Model.element(type);
  if (element !== type) {
    if (!Array.isArray(value)) throw undeserializable();
    for (const one of value) checkValue(one, element, checking, depth);
    return;
  }
  if (!isOf(value, element, checking, depth)) throw undeserializable();
}

function isOf(value: unknown, type: string, checking: Checking, depth: number): boolean {
  switch (type) {
    case 'Edm.String':
    case 'Edm.TimeOfDay':
      return typeof value === 'string';
    case 'Edm.Boolean':
      return typeof value === 'boolean';
    case 'Edm.Int16':
    case 'Edm.Int32':
    case 'Edm.Int64':
      return Number.isInteger(value);
    case 'Edm.DateTimeOffset':
      return typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value));
    case 'Edm.Binary':
      return typeof value === 'string' && /^[A-Za-z0-9+/\-_\s]*={0,2}$/.test(value);
    default: {
      const known = checking.model.type(type);
      if (known === undefined) return true;
      if (known.kind === 'EnumType') return typeof value === 'string' && isMember(value, known.members ?? []);
      checkObject(value, type, checking, depth);
      return true;
    }
  }
}

/** The documentation writes members of enumerations in any case ("Text", "HTML"); flags are a list of members. */
function isMember(value: string, members: readonly string[]): boolean {
  return value.split(',').every((one) => members.some((member) => member.toLowerCase() === one.trim().toLowerCase()));
}

function unknownMember(name: string, type: string, behaviour: GraphBehaviour): GraphError {
  if (behaviour.unknownMember === 'UnableToDeserializePostBody') return undeserializable();
  const old = `${type.charAt(0).toUpperCase()}${type.slice(1)}`;
  return new GraphError(
    400,
    'RequestBodyRead',
    `The property '${name}' does not exist on type 'Microsoft.OutlookServices.${old}'. Make sure to only use ` +
      'property names that are defined by the type or mark the type as open type.',
  );
}
