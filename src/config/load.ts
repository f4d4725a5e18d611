/** Reads a configuration file and all it refers to, and makes one frozen {@link Config} of it. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { normalName } from '../callers/user-name.ts';
import { codeOf } from '../errors.ts';
import { isLoopback } from '../network/hosts.ts';
import { keyFromFile, parseStoreKey } from '../state/token-store.ts';
import { assertHash, readCaller } from './callers.ts';
import { fingerprintSync } from './fingerprint.ts';
import { readListener } from './listeners.ts';
import { readOutbound } from './outbound.ts';
import { ConfigDocument, ConfigError, type ConfigPath } from './problems.ts';
import { readRegistration } from './registrations.ts';
import type { ConfigFile } from './schema.ts';
import { Sources, type LoadOptions } from './sources.ts';
import type { AdminConfig, Config } from './types.ts';
import { validate } from './validate.ts';

const DEFAULT_LISTENER = 'http://127.0.0.1:8025';
const DEFAULT_ADMIN = 'http://127.0.0.1:8026';

/**
 * @param file path of the YAML (or JSON) file; paths in it are relative to it
 * @throws ConfigError naming file, line and column of everything that is wrong
 */
export function loadConfig(file: string, options: LoadOptions = {}): Config {
  let text: string;
  // Before it is read: a change in between is noticed, not lost.
  const files = new Map([[resolve(file), fingerprintSync(file)]]);
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError([`${file}: cannot be read (${codeOf(error)}). Make one with: ews-gateway init, or copy config/gateway.example.yaml there and fill it in.`]);
  }
  const document = new ConfigDocument(file, text);
  return assemble(validate(document), new Sources(document, files, options));
}

function assemble(entry: ConfigFile, sources: Sources): Config {
  const { document } = sources;
  sources.inlineAllowed = entry.allowInlineSecrets ?? false;
  const listeners = (entry.listen ?? [DEFAULT_LISTENER]).map((item, index) => readListener(sources, item, ['listen', index]));
  assertDistinct(document, listeners.map(({ url }) => url), (index) => ['listen', index], 'this address stands twice');
  const admin = adminListener(sources, entry.admin);
  const registrations = new Map(Object.entries(entry.registrations).map(([name, value]) => [name, readRegistration(sources, name, value, ['registrations', name])]));
  const callers = entry.callers.map((value, index) => readCaller(sources, value, entry, ['callers', index]));
  assertDistinct(document, callers.map(({ username }) => normalName(username)), (index) => ['callers', index, 'username'], 'this username stands twice (case does not count)');
  const outbound = readOutbound(sources, entry);
  document.throwIfAny();
  // Where systemd, or the container, has a place for it; else beside the configuration.
  const stateFolder = sources.environment['STATE_DIRECTORY']?.split(':')[0] ?? '.';
  const config = Object.freeze({
    file: document.file,
    listeners,
    publicUrl: publicUrl(document, entry.publicUrl),
    admin,
    registrations,
    callers,
    outbound,
    log: { level: entry.log?.level ?? 'info', format: entry.log?.format ?? 'auto', underJournal: sources.environment['JOURNAL_STREAM'] !== undefined },
    limits: {
      credentialCacheSeconds: entry.limits?.credentialCacheSeconds ?? 900,
      upstreamConnections: entry.limits?.upstreamConnections ?? 256,
      responseSeconds: entry.limits?.responseSeconds ?? 120,
      requestSeconds: entry.limits?.requestSeconds ?? 900,
      headerSeconds: entry.limits?.headerSeconds ?? 30,
      connectionsPerAddress: entry.limits?.connectionsPerAddress ?? 1_024,
      connections: entry.limits?.connections,
      clientIdleSeconds: entry.limits?.clientIdleSeconds ?? 120,
      streamsPerCaller: entry.limits?.streamsPerCaller ?? 10,
      shutdownSeconds: entry.limits?.shutdownSeconds ?? 30,
    },
    throttling: {
      requestsPerMailbox: entry.throttling?.requestsPerMailbox ?? 10,
      waitingPerMailbox: entry.throttling?.waitingPerMailbox ?? 1_000,
      longestWaitSeconds: entry.throttling?.longestWaitSeconds ?? 60,
    },
    tokenStore: [...registrations.values()].some(({ flow }) => flow === 'delegated') ? tokenStore(sources, stateFolder, entry.tokenStore) : undefined,
    stateFile: sources.resolve(entry.stateFile ?? join(stateFolder, 'gateway-state.json')),
    audit: entry.audit === undefined ? undefined : { file: sources.resolve(entry.audit.file), maxBytes: entry.audit.maxBytes ?? 50_000_000, keep: entry.audit.keep ?? 10 },
    lockout: {
      failuresPerName: entry.lockout?.failuresPerName ?? 20,
      namesPerAddress: entry.lockout?.namesPerAddress ?? 20,
      windowSeconds: entry.lockout?.windowSeconds ?? 900,
      firstLockSeconds: entry.lockout?.firstLockSeconds ?? 60,
      longestLockSeconds: entry.lockout?.longestLockSeconds ?? 900,
    },
    sources: sources.files,
    commands: sources.commands,
    warnings: sources.warnings,
  });
  document.throwIfAny();
  return config;
}

/** Plain HTTP and no password are right for it where it answers on this machine only. */
function adminListener(sources: Sources, entry: ConfigFile['admin'] = {}): AdminConfig {
  const { password, hosts, ...address } = entry;
  const base = readListener(sources, { ...address, url: entry.url ?? DEFAULT_ADMIN }, ['admin', 'url']);
  if (password !== undefined) assertHash(sources, password.hash, ['admin', 'password', 'hash']);
  else if (base.host !== '' && !isLoopback(base.host)) {
    sources.document.report(['admin', 'url'], `${base.url} can be reached from other machines: it needs password: { hash: … } (printed by ews-gateway hash-password), or a loopback address such as ${DEFAULT_ADMIN}`);
  }
  return { ...base, passwordHash: password?.hash, hosts: (hosts ?? []).map((host) => host.toLowerCase()) };
}

function publicUrl(document: ConfigDocument, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '' || url.username !== '') {
    document.report(['publicUrl'], `"${text}" is not an address like https://ews.contoso.com:8443, without a path`);
    return undefined;
  }
  return url.origin;
}

function tokenStore(sources: Sources, stateFolder: string, entry: ConfigFile['tokenStore']): Config['tokenStore'] {
  const folder = sources.resolve(entry?.folder ?? join(stateFolder, 'gateway-tokens'));
  const path = ['tokenStore', 'key'];
  let text: string;
  try {
    text = entry?.key === undefined ? keyFromFile(join(folder, 'key')) : sources.secret(entry.key, path);
  } catch (error) {
    sources.document.report(path, `the key in ${join(folder, 'key')} cannot be read or made (${codeOf(error)})`);
    return undefined;
  }
  const key = parseStoreKey(text);
  if (key === undefined) {
    sources.document.report(path, 'is not 32 bytes in base64; make one with: openssl rand -base64 32');
    return undefined;
  }
  return { folder, key };
}

function assertDistinct(document: ConfigDocument, values: readonly string[], pathOf: (index: number) => ConfigPath, text: string): void {
  for (const [index, value] of values.entries()) if (values.indexOf(value) !== index) document.report(pathOf(index), text);
}
