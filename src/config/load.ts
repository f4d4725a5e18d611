/** Reads a configuration file and all it refers to, and makes one frozen {@link Config} of it. */
import { readFileSync, statSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { parsePasswordHash } from '../callers/password-hash.ts';
import { GRANTABLE, OPERATION_PRESETS, type OperationPreset } from '../soap/operations.ts';
import { keyFromFile, parseStoreKey } from '../state/token-store.ts';
import { readCertificate } from './certificate.ts';
import { cloudEndpoints, type CloudName } from './clouds.ts';
import { fingerprintSync } from './fingerprint.ts';
import { ConfigDocument, ConfigError, type ConfigPath } from './problems.ts';
import type { CallerEntry, CertificateEntry, ConfigFile, ListenerEntry, RegistrationEntry, SecretReference } from './schema.ts';
import { commandKey, runCommandSync, type CommandReference, type CommandResults } from './secret-command.ts';
import type { CallerConfig, ClientCredential, Config, ListenerConfig, RegistrationConfig } from './types.ts';
import { validate } from './validate.ts';

const DEFAULT_LISTENER = 'http://127.0.0.1:8025';
const DEFAULT_ADMIN = 'http://127.0.0.1:8026';

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

/**
 * @param file path of the YAML (or JSON) file; paths in it are relative to it
 * @throws ConfigError naming file, line and column of everything that is wrong
 */
export function loadConfig(file: string, options: LoadOptions = {}): Config {
  let text: string;
  // Before it is read: a change in between is noticed, not lost.
  const sources = new Map([[resolve(file), fingerprintSync(file)]]);
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError([`${file}: cannot be read (${codeOf(error)}). Copy config/gateway.example.yaml there and fill it in.`]);
  }
  return new Loader(new ConfigDocument(file, text), sources, options).load();
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

class Loader {
  readonly #document: ConfigDocument;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #sources: Map<string, string>;
  readonly #withoutSecrets: boolean;
  readonly #commandResults: CommandResults | undefined;
  readonly #commands: CommandReference[] = [];
  readonly #warnings: string[] = [];
  #inlineAllowed = false;

  constructor(document: ConfigDocument, sources: Map<string, string>, { environment, commandResults, withoutSecrets }: LoadOptions) {
    this.#withoutSecrets = withoutSecrets ?? false;
    this.#document = document;
    this.#environment = environment ?? process.env;
    this.#commandResults = commandResults;
    this.#sources = sources;
  }

  load(): Config {
    const entry = validate(this.#document);
    this.#inlineAllowed = entry.allowInlineSecrets ?? false;
    const listeners = (entry.listen ?? [DEFAULT_LISTENER]).map((item, index) => this.#listener(item, ['listen', index]));
    this.#assertDistinct(listeners.map(({ url }) => url), (index) => ['listen', index], 'this address stands twice');
    // Plain HTTP is right for it: it answers on this machine only.
    const admin = this.#listener({ url: entry.admin?.url ?? DEFAULT_ADMIN, allowPlainHttp: true }, ['admin', 'url']);
    if (!isLoopback(admin.host)) this.#document.report(['admin', 'url'], 'must be a loopback address such as http://127.0.0.1:8026');
    const registrations = new Map(
      Object.entries(entry.registrations).map(([name, value]) => [name, this.#registration(name, value, ['registrations', name])]),
    );
    const callers = entry.callers.map((caller, index) => this.#caller(caller, entry, ['callers', index]));
    this.#assertDistinct(callers.map(({ username }) => username.normalize('NFC').toLowerCase()), (index) => ['callers', index, 'username'], 'this username stands twice (case does not count)');
    const caCertificates = (entry.caCertificates ?? []).map((path, index) => this.#readText(path, ['caCertificates', index]));
    this.#document.throwIfAny();
    const config = Object.freeze({
      file: this.#document.file,
      listeners,
      admin,
      registrations,
      callers,
      caCertificates,
      log: { level: entry.log?.level ?? 'info', format: entry.log?.format ?? 'auto' },
      limits: {
        credentialCacheSeconds: entry.limits?.credentialCacheSeconds ?? 900,
        upstreamConnections: entry.limits?.upstreamConnections ?? 256,
        responseSeconds: entry.limits?.responseSeconds ?? 120,
        requestSeconds: entry.limits?.requestSeconds ?? 900,
        headerSeconds: entry.limits?.headerSeconds ?? 30,
        connectionsPerAddress: entry.limits?.connectionsPerAddress ?? 1_024,
        shutdownSeconds: entry.limits?.shutdownSeconds ?? 30,
      },
      tokenStore: [...registrations.values()].some(({ flow }) => flow === 'delegated') ? this.#tokenStore(entry.tokenStore) : undefined,
      stateFile: resolve(dirname(this.#document.file), entry.stateFile ?? 'gateway-state.json'),
      audit:
        entry.audit === undefined
          ? undefined
          : { file: resolve(dirname(this.#document.file), entry.audit.file), maxBytes: entry.audit.maxBytes ?? 50_000_000, keep: entry.audit.keep ?? 10 },
      lockout: {
        failuresPerName: entry.lockout?.failuresPerName ?? 20,
        namesPerAddress: entry.lockout?.namesPerAddress ?? 20,
        windowSeconds: entry.lockout?.windowSeconds ?? 900,
        firstLockSeconds: entry.lockout?.firstLockSeconds ?? 60,
        longestLockSeconds: entry.lockout?.longestLockSeconds ?? 900,
      },
      sources: this.#sources,
      commands: this.#commands,
      warnings: this.#warnings,
    });
    this.#document.throwIfAny();
    return config;
  }

  #tokenStore(entry: ConfigFile['tokenStore']): Config['tokenStore'] {
    const folder = resolve(dirname(this.#document.file), entry?.folder ?? 'gateway-tokens');
    const path = ['tokenStore', 'key'];
    let text: string;
    try {
      text = entry?.key === undefined ? keyFromFile(join(folder, 'key')) : this.#secret(entry.key, path);
    } catch (error) {
      this.#document.report(path, `the key in ${join(folder, 'key')} cannot be read or made (${codeOf(error)})`);
      return undefined;
    }
    const key = parseStoreKey(text);
    if (key === undefined) {
      this.#document.report(path, 'is not 32 bytes in base64; make one with: openssl rand -base64 32');
      return undefined;
    }
    return { folder, key };
  }

  #listener(item: string | ListenerEntry, path: ConfigPath): ListenerConfig {
    const entry: ListenerEntry = typeof item === 'string' ? { url: item } : item;
    const url = URL.parse(entry.url);
    const origin = url?.pathname === '/' && url.search === '' && url.username === '' && /^https?:$/.test(url.protocol);
    if (url === null || !origin) {
      this.#document.report(path, `"${entry.url}" is not an address like http://127.0.0.1:8025`);
      return { url: entry.url, host: '', port: 0, tls: undefined };
    }
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const secure = url.protocol === 'https:';
    const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
    if (!secure) {
      if (!isLoopback(host)) {
        if (entry.allowPlainHttp !== true) {
          this.#document.report(path, `${entry.url} would let passwords cross the network readable. Use https, or add allowPlainHttp: true.`);
        }
        this.#warnings.push(`${entry.url} takes plain HTTP from other machines: passwords cross the network readable.`);
      }
      return { url: entry.url, host, port, tls: undefined };
    }
    if (entry.certificate === undefined || entry.key === undefined) {
      this.#document.report(path, 'an https listener needs certificate and key');
      return { url: entry.url, host, port, tls: undefined };
    }
    const minVersion = entry.minVersion ?? 'TLSv1.2';
    if (minVersion < 'TLSv1.2') this.#warnings.push(`${entry.url} accepts ${minVersion}, which is weak: keep it on a trusted network.`);
    if (this.#withoutSecrets) return { url: entry.url, host, port, tls: { certificate: '', key: '', minVersion } };
    const certificate = this.#readText(entry.certificate, [...path, 'certificate']);
    return { url: entry.url, host, port, tls: { certificate, key: this.#readPrivate(entry.key, [...path, 'key']).toString('utf8'), minVersion } };
  }

  #registration(name: string, entry: RegistrationEntry, path: ConfigPath): RegistrationConfig {
    const cloud: CloudName = entry.cloud ?? 'global';
    const flow = entry.flow ?? 'application';
    if (entry.tenantId === 'consumers') {
      this.#document.report([...path, 'tenantId'], 'personal accounts (Outlook.com, Hotmail) have no EWS any more: they cannot be reached with backend: ews');
    } else if (entry.tenantId === 'organizations' && flow === 'application') {
      this.#document.report([...path, 'tenantId'], 'organizations goes with flow: delegated; an app of its own right needs the tenant id');
    }
    const defaults = cloudEndpoints(cloud);
    const login = entry.endpoints?.login ?? defaults?.login;
    const ews = entry.endpoints?.ews ?? defaults?.ews;
    if (login === undefined || ews === undefined) {
      this.#document.report(path, 'cloud: custom needs endpoints.login and endpoints.ews');
    }
    const loginUrl = this.#upstreamUrl(login, [...path, 'endpoints', 'login'], false);
    const ewsUrl = this.#upstreamUrl(ews, [...path, 'endpoints', 'ews'], true);
    return {
      name,
      tenantId: entry.tenantId,
      clientId: entry.clientId.toLowerCase(),
      credential: this.#credential(entry, path),
      flow,
      loginOrigin: loginUrl?.origin ?? '',
      ewsUrl: ewsUrl?.href ?? '',
      scope: entry.endpoints?.scope ?? `${ewsUrl?.origin ?? ''}/${flow === 'delegated' ? 'EWS.AccessAsUser.All' : '.default'}`,
      userAgent: entry.userAgent,
      connectingSid: entry.connectingSid ?? 'auto',
    };
  }

  /** Upstream addresses are https, because a bearer token crosses them; plain HTTP only within this machine. */
  #upstreamUrl(text: string | undefined, path: ConfigPath, plainOnLoopback: boolean): URL | undefined {
    if (text === undefined) return undefined;
    const url = URL.parse(text);
    const plain = plainOnLoopback && url?.protocol === 'http:' && isLoopback(url.hostname.replace(/^\[|\]$/g, ''));
    if (url === null || (url.protocol !== 'https:' && !plain) || url.username !== '' || url.search !== '' || url.hash !== '') {
      this.#document.report(path, `"${text}" is not an https address`);
      return undefined;
    }
    return url;
  }

  #credential(entry: RegistrationEntry, registration: ConfigPath): ClientCredential {
    const path = [...registration, 'credential'];
    if (entry.flow === 'delegated') {
      if (entry.credential !== undefined) this.#document.report(path, 'flow: delegated needs none: the app must allow public client flows instead');
      return { kind: 'none', notAfter: undefined };
    }
    if (entry.credential === undefined) {
      this.#document.report(registration, '"credential" is missing');
      return { kind: 'none', notAfter: undefined };
    }
    const { secret, nextSecret, expires, certificate } = entry.credential;
    if ((secret === undefined) === (certificate === undefined)) this.#document.report(path, 'needs exactly one of secret and certificate');
    if (certificate !== undefined) {
      for (const [key, value] of Object.entries({ nextSecret, expires })) if (value !== undefined) this.#document.report([...path, key], 'goes with secret, not with certificate');
      return this.#certificate(certificate, [...path, 'certificate']);
    }
    return {
      kind: 'secret',
      secret: secret === undefined || this.#withoutSecrets ? '' : this.#secret(secret, [...path, 'secret']),
      nextSecret: nextSecret === undefined || this.#withoutSecrets ? undefined : this.#secret(nextSecret, [...path, 'nextSecret']),
      notAfter: this.#day(expires, [...path, 'expires']),
    };
  }

  /** The end of a day. */
  #day(text: string | undefined, path: ConfigPath): Date | undefined {
    if (text === undefined) return undefined;
    const day = new Date(`${text}T23:59:59Z`);
    if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text) this.#document.report(path, `there is no day ${text}`);
    return day;
  }

  #certificate(entry: CertificateEntry, path: ConfigPath): ClientCredential {
    const nothing: ClientCredential = { kind: 'secret', secret: '', nextSecret: undefined, notAfter: undefined };
    if ((entry.pem === undefined) === (entry.pfx === undefined)) {
      this.#document.report(path, 'needs exactly one of pem and pfx');
      return nothing;
    }
    if (this.#withoutSecrets) return nothing;
    const passphrase = entry.passphrase === undefined ? undefined : this.#secret(entry.passphrase, [...path, 'passphrase']);
    const common = { passphrase, sendX5c: entry.sendX5c ?? false };
    const main = [...path, entry.pem === undefined ? 'pfx' : 'pem'];
    try {
      if (entry.pfx !== undefined) return readCertificate({ ...common, pfx: this.#readPrivate(entry.pfx, main) });
      const parts = [
        (entry.key === undefined ? this.#readPrivate(entry.pem ?? '', main) : this.#read(entry.pem ?? '', main)).toString('utf8'),
        entry.key === undefined ? '' : this.#readPrivate(entry.key, [...path, 'key']).toString('utf8'),
      ];
      return readCertificate({ ...common, pem: parts.join('\n') });
    } catch (error) {
      this.#document.report(main, `${entry.pem ?? entry.pfx} ${error instanceof Error ? error.message : String(error)}`);
      return nothing;
    }
  }

  #caller(entry: CallerEntry, file: ConfigFile, path: ConfigPath): CallerConfig {
    if (entry.password !== undefined) this.#hash(entry.password.hash, [...path, 'password', 'hash']);
    const domain = entry.username.startsWith('@');
    if (domain) {
      for (const key of ['password', 'mailbox', 'mayImpersonate'] as const) {
        if (entry[key] !== undefined) this.#document.report([...path, key], `a whole domain has no ${key}: each mailbox is opened by its own address and password`);
      }
    } else if (entry.passwords !== undefined) this.#document.report([...path, 'passwords'], 'goes with a username of the form @domain');
    const domainPasswords = Object.entries(entry.passwords ?? {}).map(([address, { hash }]): [string, string] => {
      this.#hash(hash, [...path, 'passwords', address, 'hash']);
      if (!address.toLowerCase().endsWith(entry.username.toLowerCase())) this.#document.report([...path, 'passwords', address], `is not an address of ${entry.username}`);
      return [address.toLowerCase(), hash];
    });
    const mailbox = entry.mailbox ?? entry.username;
    if (domain ? !/^@[^@\s\\]+$/.test(entry.username) : !/^[^@\s\\]+@[^@\s\\]+$/.test(mailbox)) {
      this.#document.report([...path, 'username'], `"${entry.username}" is not a mailbox address; add mailbox: to say which mailbox it opens`);
    }
    const names = Object.keys(file.registrations);
    const registration = entry.registration ?? (names.length === 1 ? names[0] : undefined);
    if (registration === undefined) {
      this.#document.report(path, `needs registration: there are several (${names.join(', ')})`);
    } else if (!Object.hasOwn(file.registrations, registration)) {
      this.#document.report([...path, 'registration'], `there is no registration "${registration}"; known: ${names.join(', ')}`);
    }
    const setting = entry.operations ?? 'capture';
    return {
      username: entry.username,
      passwordHash: entry.password?.hash,
      domainPasswords: domain ? new Map(domainPasswords) : undefined,
      mailbox,
      registration: registration ?? '',
      mayImpersonate: entry.mayImpersonate ?? [],
      from: entry.from === undefined ? undefined : this.#addresses(entry.from, [...path, 'from']),
      operations: this.#operations(setting, [...path, 'operations']),
      operationsSetting: typeof setting === 'string' ? setting : `[${setting.join(', ')}]`,
    };
  }

  #hash(text: string, path: ConfigPath): void {
    if (parsePasswordHash(text) === undefined) this.#document.report(path, 'is not a password hash; make one with: ews-gateway hash-password');
  }

  #operations(setting: string | readonly string[], path: ConfigPath): ReadonlySet<string> {
    const names = typeof setting === 'string' ? [setting] : setting;
    const granted = new Set<string>();
    for (const [index, name] of names.entries()) {
      if (Object.hasOwn(OPERATION_PRESETS, name)) for (const operation of OPERATION_PRESETS[name as OperationPreset]) granted.add(operation);
      else if (GRANTABLE.has(name)) granted.add(name);
      else this.#document.report([...path, index], `"${name}" is neither a preset (${Object.keys(OPERATION_PRESETS).join(', ')}) nor an EWS operation`);
    }
    return granted;
  }

  #addresses(ranges: readonly string[], path: ConfigPath): BlockList {
    const list = new BlockList();
    for (const [index, range] of ranges.entries()) {
      const [address = '', prefix, ...rest] = range.split('/');
      const family = isIP(address);
      const bits = prefix === undefined ? undefined : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
      const valid = family !== 0 && rest.length === 0 && (bits === undefined || bits <= (family === 4 ? 32 : 128));
      if (!valid) this.#document.report([...path, index], `"${range}" is not an IP address or CIDR range such as 10.1.0.0/16`);
      else if (bits === undefined) list.addAddress(address, family === 4 ? 'ipv4' : 'ipv6');
      else list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
    }
    return list;
  }

  #secret(reference: SecretReference, path: ConfigPath): string {
    const kinds = (['env', 'file', 'command', 'value'] as const).filter((kind) => reference[kind] !== undefined);
    if (kinds.length !== 1) this.#document.report(path, 'needs exactly one of env, file, command, value');
    if (reference.timeoutSeconds !== undefined && reference.command === undefined) this.#document.report([...path, 'timeoutSeconds'], 'goes with command');
    if (reference.command !== undefined) return this.#printed({ command: reference.command, ...(reference.timeoutSeconds === undefined ? {} : { timeoutSeconds: reference.timeoutSeconds }) }, path);
    if (reference.env !== undefined) {
      const value = this.#environment[reference.env];
      if (value === undefined || value === '') {
        this.#document.report([...path, 'env'], `the environment variable ${reference.env} is not set`);
        return '';
      }
      return value;
    }
    if (reference.file !== undefined) {
      const value = this.#readPrivate(reference.file, [...path, 'file']).toString('utf8').replace(/\r?\n$/, '');
      if (value === '') this.#document.report([...path, 'file'], `${reference.file} is empty`);
      return value;
    }
    if (!this.#inlineAllowed) {
      this.#document.report([...path, 'value'], 'a secret stands in clear. Use env or file, or set allowInlineSecrets: true.');
    }
    return reference.value ?? '';
  }

  /** What a program prints. */
  #printed(reference: CommandReference, path: ConfigPath): string {
    this.#commands.push(reference);
    const result = this.#commandResults?.get(commandKey(reference)) ?? runCommandSync(reference);
    if ('value' in result) return result.value;
    this.#document.report([...path, 'command'], result.problem);
    return '';
  }

  /** Reads a file that only the gateway's account should be able to read. */
  #readPrivate(path: string, at: ConfigPath): Buffer {
    const content = this.#read(path, at);
    const mode = modeOf(resolve(dirname(this.#document.file), path));
    if (mode !== undefined && (mode & 0o077) !== 0) {
      this.#warnings.push(`${path} holds a secret and can be read by other accounts (mode ${mode.toString(8).padStart(4, '0')}): chmod 600 it.`);
    }
    return content;
  }

  #read(path: string, at: ConfigPath): Buffer {
    const absolute = resolve(dirname(this.#document.file), path);
    this.#sources.set(absolute, fingerprintSync(absolute));
    try {
      return readFileSync(absolute);
    } catch (error) {
      this.#document.report(at, `${path} cannot be read (${codeOf(error)})`);
      return Buffer.alloc(0);
    }
  }

  #readText(path: string, at: ConfigPath): string {
    return this.#read(path, at).toString('utf8');
  }

  #assertDistinct(values: readonly string[], pathOf: (index: number) => ConfigPath, text: string): void {
    for (const [index, value] of values.entries()) if (values.indexOf(value) !== index) this.#document.report(pathOf(index), text);
  }
}

/** The permission bits of a file; undefined where the system has none, or no such file. */
function modeOf(path: string): number | undefined {
  if (process.platform === 'win32') return undefined;
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  return mode === undefined ? undefined : mode & 0o777;
}

/** Whether a host name or address can only be reached from this machine. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
