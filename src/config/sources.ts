/** What a configuration is read from besides its own file: files it names, the environment, programs. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { codeOf } from '../errors.ts';
import { fingerprintSync } from './fingerprint.ts';
import type { ConfigDocument, ConfigPath } from './problems.ts';
import type { SecretReference } from './schema.ts';
import { commandKey, runCommandSync, type CommandResults } from './secret-command.ts';
import { decodeText, readFailure } from './text-file.ts';
import type { CommandReference } from './types.ts';
import type { Validators } from './validators.ts';
import { mayOthersWrite } from './who-may-write.ts';

export interface LoadOptions {
  /** Where `env` references are looked up; default: the process's environment. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /**
   * For commands that only need to know what is configured: secrets and private keys are not read, since the
   * administrator's shell need not have them, and no program is run.
   */
  readonly withoutSecrets?: boolean;
  /** With `withoutSecrets`: the key of the token store is read none the less. */
  readonly withTokenStore?: boolean;
  /** With `withTokenStore`: the program that prints the key is run whoever may write to the configuration. */
  readonly trustConfiguration?: boolean;
  /** What programs have printed already; others are run, and waited for. */
  readonly commandResults?: CommandResults;
}

export class Sources {
  readonly document: ConfigDocument;
  readonly validators: Validators;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly withoutSecrets: boolean;
  readonly withTokenStore: boolean;
  /** Fingerprints of all files read, by absolute path. */
  readonly files: Map<string, string>;
  /** Programs that were run. */
  readonly commands: CommandReference[] = [];
  /** What an administrator should know although the configuration works. */
  readonly warnings: string[] = [];
  /** Whether secrets may stand in the file itself. */
  inlineAllowed = false;
  readonly #trustConfiguration: boolean;
  readonly #commandResults: CommandResults | undefined;

  constructor(
    document: ConfigDocument,
    validators: Validators,
    files: Map<string, string>,
    { environment, commandResults, withoutSecrets, withTokenStore, trustConfiguration }: LoadOptions,
  ) {
    this.document = document;
    this.validators = validators;
    this.environment = environment ?? process.env;
    this.withoutSecrets = withoutSecrets ?? false;
    this.withTokenStore = withTokenStore ?? !this.withoutSecrets;
    this.#trustConfiguration = trustConfiguration ?? false;
    this.files = files;
    this.#commandResults = commandResults;
  }

  /** A path of the file, made absolute. */
  resolve(path: string): string {
    return resolve(dirname(this.document.file), path);
  }

  secret(reference: SecretReference, path: ConfigPath): string {
    const kinds = (['env', 'file', 'command', 'value'] as const).filter((kind) => reference[kind] !== undefined);
    if (kinds.length !== 1) this.document.report(path, 'needs exactly one of env, file, command, value');
    const { command, timeoutSeconds } = reference;
    if (command === undefined && this.document.isWritten([...path, 'timeoutSeconds']))
      this.document.report([...path, 'timeoutSeconds'], 'goes with command');
    if (command !== undefined) return this.#printed({ command, timeoutSeconds }, path);
    if (reference.env !== undefined) {
      const value = this.environment[reference.env];
      if (value === undefined || value === '') {
        this.document.report([...path, 'env'], `the environment variable ${reference.env} is not set`);
        return '';
      }
      return value;
    }
    if (reference.file !== undefined) return this.#fromFile(reference.file, [...path, 'file']);
    if (!this.inlineAllowed) {
      this.document.report(
        [...path, 'value'],
        'a secret stands in clear. Use env or file, or set allowInlineSecrets: true.',
      );
    }
    return reference.value ?? '';
  }

  /** Editors add a line break without being asked; whatever else stands at the end was hardly meant. */
  #fromFile(path: string, at: ConfigPath): string {
    const problems = this.document.problemCount;
    const text = this.readPrivateText(path, at);
    const value = text.trimEnd();
    if (this.document.problemCount > problems) return '';
    if (value === '') this.document.report(at, `${path} is empty`);
    else if (value !== text.replace(/\r?\n$/, ''))
      this.warnings.push(`${path} has blanks or empty lines behind the secret: they are left out.`);
    return value;
  }

  /** A secret that can be read without running a program; undefined where there is none. Reports nothing. */
  secretAtHand({ env, file, value }: SecretReference): string | undefined {
    if (env !== undefined) return this.environment[env];
    if (value !== undefined) return value;
    return file === undefined ? undefined : readFileSync(this.resolve(file), 'utf8').trimEnd();
  }

  /** What a program prints. */
  #printed(reference: CommandReference, path: ConfigPath): string {
    // An administrator's shell has more rights than the gateway, and must not run what the gateway could write.
    const open = this.withoutSecrets && !this.#trustConfiguration && (mayOthersWrite(this.document.file) ?? 'unknown');
    if (open !== false) {
      const why =
        open === 'unknown'
          ? `it cannot be told who may write to ${this.document.file}. If only administrators may, add ` +
            '--trust-configuration'
          : `other accounts may write to ${this.document.file} or to a folder above it`;
      this.document.report([...path, 'command'], `is not run, since ${why}`);
      return '';
    }
    this.commands.push(reference);
    const result = this.#commandResults?.get(commandKey(reference)) ?? runCommandSync(reference);
    if ('value' in result) return result.value;
    this.document.report([...path, 'command'], result.problem);
    return '';
  }

  /** Reads a file that only the gateway's account should be able to read. */
  readPrivate(path: string, at: ConfigPath): Buffer {
    const content = this.read(path, at);
    const mode = modeOf(resolve(dirname(this.document.file), path));
    if (mode !== undefined && (mode & 0o077) !== 0) {
      this.warnings.push(
        `${path} holds a secret and can be read by other accounts ` +
          `(mode ${mode.toString(8).padStart(4, '0')}): chmod 600 it.`,
      );
    }
    return content;
  }

  read(path: string, at: ConfigPath): Buffer {
    const absolute = resolve(dirname(this.document.file), path);
    this.files.set(absolute, fingerprintSync(absolute));
    try {
      return readFileSync(absolute);
    } catch (error) {
      this.document.report(at, `${path} ${readFailure(codeOf(error))}`);
      return Buffer.alloc(0);
    }
  }

  /** Text in UTF-8, or UTF-16 with a byte order mark. */
  readText(path: string, at: ConfigPath): string {
    return this.#text(this.read(path, at), path, at);
  }

  /** As {@link readText}, of a file that only the gateway's account should be able to read. */
  readPrivateText(path: string, at: ConfigPath): string {
    return this.#text(this.readPrivate(path, at), path, at);
  }

  #text(content: Buffer, path: string, at: ConfigPath): string {
    const decoded = decodeText(content);
    if ('text' in decoded) return decoded.text;
    this.document.report(at, `${path} ${decoded.problem}`);
    return '';
  }
}

/** The permission bits of a file; undefined where the system has none, or no such file. */
function modeOf(path: string): number | undefined {
  if (process.platform === 'win32') return undefined;
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  return mode === undefined ? undefined : mode & 0o777;
}
