/** Reads a configuration file and all it refers to, and makes one frozen {@link Config} of it. */
import { readFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { codeOf } from '../errors.ts';
import { isLoopback } from '../network/hosts.ts';
import { addedCallersFile, readAddedCallers } from './added-callers.ts';
import { assertHash, readCaller } from './callers.ts';
import { fingerprintSync } from './fingerprint.ts';
import { readListener } from './listeners.ts';
import { checkGroups } from './mailboxes.ts';
import { readMeasuredCapabilities } from './measured-capabilities.ts';
import { readOutbound } from './outbound.ts';
import { ConfigDocument, ConfigError, type ConfigPath } from './problems.ts';
import { readRegistration } from './registrations.ts';
import { readSharedState } from './shared-state.ts';
import { listenerWithDefaults, type ConfigFile } from './schema.ts';
import { Sources, type LoadOptions } from './sources.ts';
import { decodeText, readFailure } from './text-file.ts';
import {
  isPersonal,
  type AdminConfig,
  type Config,
  type MeasuredCapabilities,
  type RegistrationConfig,
} from './types.ts';
import type { Validators } from './validators.ts';
import { validate } from './validate.ts';

const MAKE_ONE = 'Make one with: ews-gateway init, or copy config/gateway.example.yaml there and fill it in.';

/**
 * @param file path of the YAML (or JSON) file; paths in it are relative to it
 * @param validators what judges values that belong to other modules
 * @throws ConfigError naming file, line and column of everything that is wrong
 */
export function readConfig(file: string, validators: Validators, options: LoadOptions): Config {
  // Before it is read: a change in between is noticed, not lost.
  const files = new Map([[resolve(file), fingerprintSync(file)]]);
  const document = new ConfigDocument(file, readFile(file));
  return assemble(validate(document), new Sources(document, validators, files, options));
}

function readFile(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const code = codeOf(error);
    const remedy = code === 'ENOENT' || code === 'ENOTDIR' ? `. ${MAKE_ONE}` : '';
    throw new ConfigError([`${file}: ${readFailure(code)}${remedy}`]);
  }
  const decoded = decodeText(bytes);
  if ('problem' in decoded) throw new ConfigError([`${file}: ${decoded.problem}`]);
  if (decoded.text.trim() === '')
    throw new ConfigError([`${file}: is empty. Make a new one with: ews-gateway init --force`]);
  return decoded.text;
}

function assemble(entry: ConfigFile, sources: Sources): Config {
  const { document } = sources;
  sources.inlineAllowed = entry.allowInlineSecrets;
  const listeners = entry.listen.map((item, index) => readListener(sources, item, ['listen', index]));
  assertDistinct(
    document,
    listeners.map(({ url }) => url),
    (index) => ['listen', index],
    'this address stands twice',
  );
  const admin = adminListener(sources, entry.admin);
  const registrations = new Map(
    Object.entries(entry.registrations).map(([name, value]) => [
      name,
      readRegistration(sources, name, value, ['registrations', name]),
    ]),
  );
  checkGroups(sources, entry);
  const scope = { registrations: [...registrations.keys()], groups: entry.groups ?? {} };
  const callers = entry.callers.map((value, index) => readCaller(sources, value, scope, ['callers', index]));
  for (const [index, { backend, registration }] of callers.entries()) {
    const given = registrations.get(registration);
    if (backend !== undefined && backend !== 'graph' && given !== undefined && isPersonal(given))
      document.report(['callers', index, 'backend'], 'personal accounts have no EWS any more: graph is all they have');
    if (backend === 'graph' && given !== undefined && given.graphOrigin === undefined)
      document.report(
        ['callers', index, 'backend'],
        `backend: graph needs endpoints.graph of registration '${registration}'`,
      );
  }
  assertDistinct(
    document,
    callers.map(({ username }) => sources.validators.normalUserName(username)),
    (index) => ['callers', index, 'username'],
    'this username stands twice (case does not count)',
  );
  const outbound = readOutbound(sources, entry);
  const { credentialCacheSeconds, ...limits } = entry.limits;
  if (credentialCacheSeconds !== undefined)
    sources.warnings.push(
      'limits.credentialCacheSeconds is no longer used: a verified password stays verified until it changes. ' +
        'Remove the setting.',
    );
  document.throwIfAny();
  const stateFile = stateFileOf(sources, entry.stateFile);
  const measured = readMeasuredCapabilities(sources, stateFile);
  const addedFile = addedCallersFile(stateFile);
  if (addedFile === stateFile) document.report(['stateFile'], `${addedFile} is where added callers are kept`);
  const added = readAddedCallers(sources, addedFile, callers, [...registrations.keys()]);
  const config = Object.freeze({
    file: document.file,
    listeners,
    publicUrl: publicUrl(document, entry.publicUrl),
    admin,
    registrations: new Map([...registrations].map(([name, one]) => [name, withMeasured(one, measured(one.tenantId))])),
    callers: [...callers, ...added.callers],
    addedCallers: { file: addedFile, problem: added.problem },
    outbound,
    log: { ...entry.log, underJournal: sources.environment['JOURNAL_STREAM'] !== undefined },
    limits: { ...limits, connections: limits.connections },
    throttling: entry.throttling,
    lockout: entry.lockout,
    tokenStore:
      sources.withTokenStore && [...registrations.values()].some(({ flow }) => flow === 'delegated')
        ? tokenStore(sources, dirname(stateFile), entry.tokenStore)
        : undefined,
    stateFile,
    stateKeys: stateKeys(sources, entry),
    sharedState: readSharedState(sources, entry),
    audit: entry.audit === undefined ? undefined : { ...entry.audit, file: sources.resolve(entry.audit.file) },
    filesRead: sources.files,
    commands: sources.commands,
    warnings: sources.warnings,
  });
  document.throwIfAny();
  return config;
}

/** What the configuration says counts more than what was measured. */
function withMeasured(registration: RegistrationConfig, measured: MeasuredCapabilities): RegistrationConfig {
  const { graph } = registration;
  return { ...registration, graph: { ...graph, capabilities: { ...measured, ...graph.capabilities } } };
}

/** Plain HTTP and no password are right for it where it answers on this machine only. */
function adminListener(sources: Sources, entry: ConfigFile['admin']): AdminConfig {
  const { password, hosts, ...address } = entry;
  const base = readListener(sources, listenerWithDefaults(address), ['admin', 'url']);
  if (password !== undefined) assertHash(sources, password.hash, ['admin', 'password', 'hash']);
  else if (base.host !== '' && !isLoopback(base.host)) {
    sources.document.report(
      ['admin', 'url'],
      `${base.url} can be reached from other machines: it needs password: { hash: … } ` +
        '(printed by ews-gateway hash-password), or a loopback address',
    );
  }
  return { ...base, passwordHash: password?.hash, hosts: (hosts ?? []).map((host) => host.toLowerCase()) };
}

function publicUrl(document: ConfigDocument, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.pathname !== '/' ||
    url.search !== '' ||
    url.username !== ''
  ) {
    document.report(['publicUrl'], `"${text}" is not an address like https://ews.contoso.com:8443, without a path`);
    return undefined;
  }
  return url.origin;
}

/**
 * As it is written, relative to the configuration; else where systemd, or the container, has a place for it; else
 * beside the configuration. An administrator's shell does not know of that place, so that init writes it.
 */
function stateFileOf(sources: Sources, path: string): string {
  if (sources.document.isWritten(['stateFile'])) return sources.resolve(path);
  return sources.resolve(join(sources.environment['STATE_DIRECTORY']?.split(delimiter)[0] ?? '.', path));
}

/** @param stateFolder where it lies unless another folder is written */
function tokenStore(sources: Sources, stateFolder: string, entry: ConfigFile['tokenStore']): Config['tokenStore'] {
  const written = sources.document.isWritten(['tokenStore', 'folder']);
  const folder = sources.resolve(written ? entry.folder : join(stateFolder, entry.folder));
  const path = ['tokenStore', 'key'];
  let text: string;
  try {
    text =
      entry.key === undefined
        ? sources.validators.storeKeyFromFile(join(folder, 'key'))
        : sources.secret(entry.key, path);
  } catch (error) {
    sources.document.report(path, `the key in ${join(folder, 'key')} cannot be read or made (${codeOf(error)})`);
    return undefined;
  }
  const key = sources.validators.parseStoreKey(text);
  if (key === undefined) {
    sources.document.report(path, 'is not 32 bytes in base64; make one with: openssl rand -base64 32');
    return undefined;
  }
  return { folder, key };
}

/** The key in force, and the one before it. */
function stateKeys(sources: Sources, { stateKey: entry, sharedState }: ConfigFile): Buffer[] {
  // Sign-ins that are shared are sealed with it.
  const isNeeded = !sources.withoutSecrets || (sources.withTokenStore && sharedState !== undefined);
  if (entry === undefined || !isNeeded) return [];
  return (['key', 'previous'] as const).flatMap((name) => {
    const reference = entry[name];
    if (reference === undefined) return [];
    const path = ['stateKey', name];
    const key = sources.validators.parseStoreKey(sources.secret(reference, path));
    if (key === undefined)
      sources.document.report(path, 'is not 32 bytes in base64; make one with: openssl rand -base64 32');
    return key ?? [];
  });
}

function assertDistinct(
  document: ConfigDocument,
  values: readonly string[],
  pathOf: (index: number) => ConfigPath,
  text: string,
): void {
  for (const [index, value] of values.entries())
    if (values.indexOf(value) !== index) document.report(pathOf(index), text);
}
