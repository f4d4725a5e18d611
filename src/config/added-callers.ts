/**
 * Callers that were added on the status page. They stand in a file of their own beside the state file, under
 * those of the configuration: that file names neither programs nor secrets nor paths, and cannot widen what
 * the configuration grants to others. Where it is not usable, the gateway works without it.
 */
import { Type, type Static } from 'typebox';
import { readFileSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { codeOf } from '../errors.ts';
import { readCaller } from './callers.ts';
import { fingerprintSync } from './fingerprint.ts';
import { ConfigDocument, ConfigError } from './problems.ts';
import { Caller } from './schema/caller.ts';
import { Sources } from './sources.ts';
import { decodeText, readFailure } from './text-file.ts';
import type { AddedCaller, CallerConfig } from './types.ts';
import { validateWith } from './validate.ts';
import type { Validators } from './validators.ts';

const FILE_NAME = 'callers.json';
const MAX_CALLERS = 2_000;
const MAX_MAILBOXES = 200;

const closed = { additionalProperties: false } as const;
const { mailbox, mayImpersonate } = Caller.properties;

/** An entry as the page writes it: no password, no addresses, presets only, no whole domain. */
const Entry = Type.Object(
  {
    username: Type.String({
      minLength: 1,
      maxLength: 200,
      // oxlint-disable-next-line no-control-regex -- none may stand in a name
      pattern: '^[^:@\\x00-\\x1f\\x7f][^:\\x00-\\x1f\\x7f]*$',
      description: 'user@domain, DOMAIN\\user or a bare name, without a colon',
    }),
    mailbox,
    registration: Type.String({ description: 'a registration of the configuration' }),
    mayImpersonate: Type.Optional(Type.Array(mayImpersonate.items, { maxItems: MAX_MAILBOXES })),
    operations: Type.Enum(['capture', 'mail'], { description: 'a preset: capture or mail' }),
    at: Type.Optional(Type.String({ maxLength: 40, description: 'when it was added, ISO 8601' })),
  },
  closed,
);
const AddedCallersFile = Type.Object(
  { version: Type.Literal(1), callers: Type.Array(Entry, { maxItems: MAX_CALLERS }) },
  closed,
);

/** Where callers are kept that were added on the page. */
export function addedCallersFile(stateFile: string): string {
  return join(dirname(stateFile), FILE_NAME);
}

export interface AddedCallers {
  readonly entries: readonly AddedCaller[];
  readonly callers: readonly CallerConfig[];
}

/**
 * @param file names the text in problems
 * @param text undefined where there is no such file
 * @param registrations names of the configuration's registrations
 * @throws ConfigError naming file, line and column of everything that is wrong
 */
export function parseAddedCallers(
  file: string,
  text: string | undefined,
  registrations: readonly string[],
  validators: Validators,
): AddedCallers {
  if (text === undefined) return { entries: [], callers: [] };
  if (text.trim() === '') throw new ConfigError([`${file}: is empty`]);
  const document = new ConfigDocument(file, text);
  validateWith(AddedCallersFile, document);
  const { callers: entries } = document.value as Static<typeof AddedCallersFile>;
  const sources = new Sources(document, validators, new Map(), { environment: {} });
  const callers = entries.map((entry, index) =>
    readCaller(sources, entry, { registrations, groups: {} }, ['callers', index]),
  );
  const seen = new Set<string>();
  for (const [index, { username }] of entries.entries()) {
    const name = validators.normalUserName(username);
    if (seen.has(name)) document.report(['callers', index, 'username'], 'this username stands twice');
    seen.add(name);
  }
  document.throwIfAny();
  return { entries, callers: callers.map((caller) => ({ ...caller, added: true })) };
}

/**
 * Reads the file, and notes it among the files to watch, also where it is not there yet.
 *
 * @returns callers to put under those of the configuration; `problem` where the file is not usable
 */
export function readAddedCallers(
  sources: Sources,
  file: string,
  configured: readonly CallerConfig[],
  registrations: readonly string[],
): { readonly callers: readonly CallerConfig[]; readonly problem: string | undefined } {
  sources.files.set(file, fingerprintSync(file));
  const { normalUserName } = sources.validators;
  try {
    const { callers } = parseAddedCallers(file, textOf(file), registrations, sources.validators);
    const names = new Set(configured.map(({ username }) => normalUserName(username)));
    for (const { username } of callers)
      if (names.has(normalUserName(username)))
        sources.warnings.push(`${username} stands in ${file} too: the entry of ${sources.document.file} counts.`);
    return { callers: callers.filter(({ username }) => !names.has(normalUserName(username))), problem: undefined };
  } catch (error) {
    const problem =
      `Callers that were added on the status page are left out, since their file is not usable: ` +
      `${problemsOf(error)}. Correct it or remove it; the gateway does not write to it.`;
    sources.warnings.push(problem);
    return { callers: [], problem };
  }
}

/** What is wrong with the file, in one line. */
export function problemsOf(error: unknown): string {
  if (!(error instanceof ConfigError)) return String(error);
  return error.problems.map((problem) => problem.split('\n', 1)[0]).join('; ');
}

/** @returns undefined where there is no such file @throws ConfigError where it cannot be read */
export function textOf(file: string): string | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new ConfigError([`${file}: ${readFailure(codeOf(error))}`]);
  }
  const decoded = decodeText(bytes);
  if ('problem' in decoded) throw new ConfigError([`${file}: ${decoded.problem}`]);
  return decoded.text;
}
