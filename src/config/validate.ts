/** Validates a configuration document against the schema and says in plain words what is wrong. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { ConfigDocument, ConfigPath } from './problems.ts';
import { closest } from './closest.ts';
import { explainKey } from './explained-keys.ts';
import { isPlaceholder } from './ids.ts';
import { ConfigFile, withDefaults } from './schema.ts';

/**
 * @returns the document's value, with the defaults of what is not written
 * @throws ConfigError naming every problem
 */
export function validate(document: ConfigDocument): ConfigFile {
  validateWith(ConfigFile, document);
  return withDefaults(document.value);
}

/**
 * TypeBox judges. Only a document with mistakes is given to Ajv, which explains them better: it first makes a program
 * of the schema, which takes longer than everything else at a start.
 *
 * @throws ConfigError naming every problem that a schema finds in a document
 */
export function validateWith(schema: TSchema, document: ConfigDocument): void {
  if (Value.Check(schema, document.value)) return;
  for (const error of relevant(mistakesIn(document.value, schema))) {
    const path = pathOf(document.value, error.instancePath);
    switch (error.keyword) {
      case 'additionalProperties': {
        const key = String(error.params['additionalProperty']);
        document.report([...path, key], `unknown key${explainKey(path, key) ?? suggestion(key, error)}`, true);
        break;
      }
      case 'required':
        document.report(path, `"${String(error.params['missingProperty'])}" is missing`);
        break;
      case 'enum':
        document.report(path, `must be one of ${(error.params['allowedValues'] as unknown[]).join(', ')}`);
        break;
      case 'const':
        if (path.length === 1 && path[0] === 'version') {
          document.report(
            path,
            'this gateway reads version 1 of the format. A file of a newer gateway? ' +
              'Install that, or make a new file: ews-gateway init',
          );
          break;
        }
        document.report(path, `must be ${String(error.params['allowedValue'])}`);
        break;
      case 'minProperties':
        document.report(path, 'needs at least one entry');
        break;
      case 'anyOf':
        document.report(path, `has the wrong form${descriptionOf(error)}`);
        break;
      case 'pattern':
        document.report(
          path,
          (isPlaceholder(String(error.data)) ? 'is still a placeholder' : 'does not look right') + descriptionOf(error),
        );
        break;
      case 'type':
        if (error.params['type'] === 'array') {
          document.report(path, 'must be a list: write each entry on a line of its own, behind a dash and a blank');
          break;
        }
        document.report(path, `${error.message ?? 'is not valid'}${descriptionOf(error)}`);
        break;
      default:
        document.report(path, `${error.message ?? 'is not valid'}${descriptionOf(error)}`);
    }
  }
  document.throwIfAny();
  throw new Error('unreachable: the schema refused a configuration without saying why');
}

/** Ajv's programs, each made once. */
const judges = new WeakMap<TSchema, ValidateFunction>();

function mistakesIn(value: unknown, schema: TSchema): readonly ErrorObject[] {
  let judge = judges.get(schema);
  if (judge === undefined) {
    judge = new Ajv({ allErrors: true, verbose: true, strict: false }).compile(schema);
    judges.set(schema, judge);
  }
  judge(value);
  return judge.errors ?? [];
}

/**
 * Of a union's errors, keeps those of the branch that was meant: a list or an object is never judged
 * as if it should have been a string.
 */
function relevant(errors: readonly ErrorObject[]): ErrorObject[] {
  const unions = errors.filter((error) => error.keyword === 'anyOf').map((error) => error.instancePath);
  return errors.filter((error) => {
    if (error.keyword === 'anyOf') {
      return !errors.some(
        (other) =>
          other !== error && belongsTo(error.instancePath, other) && !isBranchMismatch(other, error.instancePath),
      );
    }
    return !unions.some((union) => error.instancePath === union && isBranchMismatch(error, union));
  });
}

function belongsTo(union: string, error: ErrorObject): boolean {
  return error.instancePath === union || error.instancePath.startsWith(`${union}/`);
}

function isBranchMismatch(error: ErrorObject, union: string): boolean {
  return (
    error.instancePath === union &&
    (error.keyword === 'type' || (error.keyword === 'enum' && typeof error.data !== 'string'))
  );
}

function pathOf(root: unknown, pointer: string): ConfigPath {
  let value = root;
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      const step = Array.isArray(value) ? Number(key) : key;
      value = (value as Record<string | number, unknown>)[step];
      return step;
    });
}

function descriptionOf(error: ErrorObject): string {
  const description = error.parentSchema?.['description'];
  return typeof description === 'string' ? ` (${description})` : '';
}

function suggestion(key: string, error: ErrorObject): string {
  const known = Object.keys((error.parentSchema?.['properties'] as object | undefined) ?? {});
  const close = closest(known, key);
  return close === undefined ? `; known here: ${known.join(', ')}` : `; did you mean "${close}"?`;
}
