/** What a configuration is read from besides its own file: files it names, the environment, programs. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { codeOf } from '../errors.ts';
import { fingerprintSync } from './fingerprint.ts';
import type { ConfigDocument, ConfigPath } from './problems.ts';
import type { SecretReference } from './schema.ts';
import { commandKey, runCommandSync, type CommandReference, type CommandResults } from './secret-command.ts';

export interface LoadOptions {
  /** Where `env` references are looked up; default: the process's environment. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /**
   * For commands that only need to know what is configured: secrets of registrations and private keys
   * are not read, since the administrator's shell need not have them.
   */
  readonly withoutSecrets?: boolean;
  /** What programs have printed already; others are run, and waited for. */
  readonly commandResults?: CommandResults;
}

export class Sources {
  readonly document: ConfigDocument;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly withoutSecrets: boolean;
  /** Fingerprints of all files read, by absolute path. */
  readonly files: Map<string, string>;
  /** Programs that were run. */
  readonly commands: CommandReference[] = [];
  /** What an administrator should know although the configuration works. */
  readonly warnings: string[] = [];
  /** Whether secrets may stand in the file itself. */
  inlineAllowed = false;
  readonly #commandResults: CommandResults | undefined;

  constructor(
    document: ConfigDocument,
    files: Map<string, string>,
    { environment, commandResults, withoutSecrets }: LoadOptions,
  ) {
    this.document = document;
    this.environment = environment ?? process.env;
    this.withoutSecrets = withoutSecrets ?? false;
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
    if (reference.timeoutSeconds !== undefined && reference.command === undefined)
      this.document.report([...path, 'timeoutSeconds'], 'goes with command');
    if (reference.command !== undefined)
      return this.#printed(
        {
          command: reference.command,
          ...(reference.timeoutSeconds === undefined ? {} : { timeoutSeconds: reference.timeoutSeconds }),
        },
        path,
      );
    if (reference.env !== undefined) {
      const value = this.environment[reference.env];
      if (value === undefined || value === '') {
        this.document.report([...path, 'env'], `the environment variable ${reference.env} is not set`);
        return '';
      }
      return value;
    }
    if (reference.file !== undefined) {
      const value = this.readPrivate(reference.file, [...path, 'file'])
        .toString('utf8')
        .replace(/\r?\n$/, '');
      if (value === '') this.document.report([...path, 'file'], `${reference.file} is empty`);
      return value;
    }
    if (!this.inlineAllowed) {
      this.document.report(
        [...path, 'value'],
        'a secret stands in clear. Use env or file, or set allowInlineSecrets: true.',
      );
    }
    return reference.value ?? '';
  }

  /** What a program prints. */
  #printed(reference: CommandReference, path: ConfigPath): string {
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
        `${path} holds a secret and can be read by other accounts (mode ${mode.toString(8).padStart(4, '0')}): chmod 600 it.`,
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
      this.document.report(at, `${path} cannot be read (${codeOf(error)})`);
      return Buffer.alloc(0);
    }
  }

  readText(path: string, at: ConfigPath): string {
    return this.read(path, at).toString('utf8');
  }
}

/** The permission bits of a file; undefined where the system has none, or no such file. */
function modeOf(path: string): number | undefined {
  if (process.platform === 'win32') return undefined;
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  return mode === undefined ? undefined : mode & 0o777;
}
