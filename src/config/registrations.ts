/** Registration entries: an app of Entra, how it proves who it is, and where it goes. */
import { errorText } from '../errors.ts';
import { hostOf, isLoopback } from '../network/hosts.ts';
import { readCertificate } from './certificate-files.ts';
import { cloudEndpoints } from '../clouds.ts';
import { ewsDaysLeft, ewsEndText } from '../ews-end.ts';
import { checkIds, checkSecret } from './ids.ts';
import type { ConfigPath } from './problems.ts';
import type { CertificateEntry, RegistrationEntry, SecretReference } from './schema.ts';
import type { Sources } from './sources.ts';
import { isPersonal, type ClientCredential, type RegistrationConfig } from './types.ts';

export function readRegistration(
  sources: Sources,
  name: string,
  entry: RegistrationEntry,
  path: ConfigPath,
): RegistrationConfig {
  const { cloud, flow } = entry;
  checkIds(sources, entry, path);
  if (isPersonal(entry)) checkPersonal(sources, entry, path);
  else if (entry.tenantId === 'organizations' && flow === 'application') {
    sources.document.report(
      [...path, 'tenantId'],
      'organizations goes with flow: delegated; an app of its own right needs the tenant id',
    );
  }
  const defaults = cloudEndpoints(cloud);
  const login = entry.endpoints?.login ?? defaults?.login;
  const ews = entry.endpoints?.ews ?? defaults?.ews;
  if (login === undefined || ews === undefined) {
    sources.document.report(path, 'cloud: custom needs endpoints.login and endpoints.ews');
  }
  const loginUrl = upstreamUrl(sources, login, [...path, 'endpoints', 'login'], false);
  const ewsUrl = upstreamUrl(sources, ews, [...path, 'endpoints', 'ews'], true);
  const graph = upstreamUrl(
    sources,
    entry.endpoints?.graph ?? (entry.endpoints?.ews === undefined ? defaults?.graph : undefined),
    [...path, 'endpoints', 'graph'],
    false,
  );
  const uploads = upstreamUrl(
    sources,
    entry.endpoints?.uploads ?? defaults?.uploads,
    [...path, 'endpoints', 'uploads'],
    false,
  );
  if (entry.backend === 'graph' && graph === undefined)
    sources.document.report([...path, 'backend'], 'backend: graph needs endpoints.graph where the cloud is custom');
  if (entry.shadow !== undefined && graph === undefined)
    sources.document.report([...path, 'shadow'], 'shadow: graph needs endpoints.graph where the cloud is custom');
  if (!isPersonal(entry)) warnOfEnd(sources, name, ewsUrl, path);
  return {
    name,
    tenantId: entry.tenantId,
    clientId: entry.clientId.toLowerCase(),
    credential: credential(sources, entry, path),
    flow,
    backend: entry.backend,
    graphOnAccessDenied: entry.graphOnAccessDenied,
    shadow: entry.shadow,
    loginOrigin: loginUrl?.origin ?? '',
    graphOrigin: graph?.origin,
    uploadOrigin: graph === undefined ? undefined : uploads?.origin,
    ewsUrl: ewsUrl?.href ?? '',
    graphScope: `${graph?.origin ?? ''}/.default`,
    graph: {
      ...entry.graph,
      capabilities: definedOnly(entry.graph.capabilities),
      pushTo: pushOrigins(sources, entry.graph.pushTo, [...path, 'graph', 'pushTo']),
    },
    cloud,
    scope:
      entry.endpoints?.scope ?? `${ewsUrl?.origin ?? ''}/${flow === 'delegated' ? 'EWS.AccessAsUser.All' : '.default'}`,
    userAgent: entry.userAgent,
    connectingSid: entry.connectingSid,
  };
}

/** A host without a scheme is one over TLS. */
function pushOrigins(sources: Sources, hosts: readonly string[], path: ConfigPath): string[] {
  return hosts.flatMap((host, index) => {
    const url = URL.parse(host.includes('://') ? host : `https://${host}`);
    if (url === null) sources.document.report([...path, index], `"${host}" is not a host`);
    return url === null ? [] : [url.origin];
  });
}

/** Only their users can let anybody into personal accounts, and only Graph serves them. */
function checkPersonal(sources: Sources, { flow, backend, cloud, shadow }: RegistrationEntry, path: ConfigPath): void {
  const { document } = sources;
  const who = 'personal accounts (Outlook.com, Hotmail)';
  if (flow !== 'delegated') document.report([...path, 'tenantId'], `${who} need flow: delegated`);
  if (backend !== 'graph')
    document.report([...path, 'tenantId'], `${who} have no EWS any more: they need backend: graph`);
  if (cloud !== 'global' && cloud !== 'custom')
    document.report([...path, 'cloud'], `${who} live in the global cloud only`);
  if (shadow !== undefined) document.report([...path, 'shadow'], `${who} have no EWS to compare with`);
}

function definedOnly<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<T>;
}

/** Exchange Server keeps its EWS: there nothing has to be chosen. */
function warnOfEnd(sources: Sources, name: string, ewsUrl: URL | undefined, path: ConfigPath): void {
  if (sources.document.isWritten([...path, 'backend']) || ewsDaysLeft(ewsUrl?.href ?? '', 0) === undefined) return;
  sources.warnings.push(
    `registration '${name}' does not say backend:, which means backend: ews. ` +
      `EWS in Exchange Online ends on ${ewsEndText()}; ` +
      'see docs/migration.md, and write backend: auto, or backend: ews until then.',
  );
}

/** Upstream addresses are https, because a bearer token crosses them; plain HTTP only within this machine. */
function upstreamUrl(
  sources: Sources,
  text: string | undefined,
  path: ConfigPath,
  plainOnLoopback: boolean,
): URL | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  const plain = plainOnLoopback && url?.protocol === 'http:' && isLoopback(hostOf(url));
  if (
    url === null ||
    (url.protocol !== 'https:' && !plain) ||
    url.username !== '' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    sources.document.report(path, `"${text}" is not an https address`);
    return undefined;
  }
  return url;
}

function credential(sources: Sources, entry: RegistrationEntry, registration: ConfigPath): ClientCredential {
  const path = [...registration, 'credential'];
  if (entry.flow === 'delegated') {
    if (entry.credential !== undefined)
      sources.document.report(path, 'flow: delegated needs none: the app must allow public client flows instead');
    return { kind: 'none', notAfter: undefined };
  }
  if (entry.credential === undefined) {
    sources.document.report(registration, '"credential" is missing');
    return { kind: 'none', notAfter: undefined };
  }
  const { secret, nextSecret, expires, certificate } = entry.credential;
  if ((secret === undefined) === (certificate === undefined))
    sources.document.report(path, 'needs exactly one of secret and certificate');
  if (certificate !== undefined) {
    for (const [key, value] of Object.entries({ nextSecret, expires }))
      if (value !== undefined) sources.document.report([...path, key], 'goes with secret, not with certificate');
    return clientCertificate(sources, certificate, [...path, 'certificate']);
  }
  return {
    kind: 'secret',
    secret: secret === undefined ? '' : (secretOf(sources, secret, [...path, 'secret']) ?? ''),
    nextSecret: nextSecret === undefined ? undefined : secretOf(sources, nextSecret, [...path, 'nextSecret']),
    notAfter: day(sources, expires, [...path, 'expires']),
  };
}

function secretOf(sources: Sources, reference: SecretReference, path: ConfigPath): string | undefined {
  if (sources.withoutSecrets) return undefined;
  const secret = sources.secret(reference, path);
  checkSecret(sources, secret, path);
  return secret;
}

/** The end of a day. */
function day(sources: Sources, text: string | undefined, path: ConfigPath): Date | undefined {
  if (text === undefined) return undefined;
  const day = new Date(`${text}T23:59:59Z`);
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text)
    sources.document.report(path, `there is no day ${text}`);
  return day;
}

function clientCertificate(sources: Sources, entry: CertificateEntry, path: ConfigPath): ClientCredential {
  const nothing: ClientCredential = { kind: 'secret', secret: '', nextSecret: undefined, notAfter: undefined };
  if ((entry.pem === undefined) === (entry.pfx === undefined)) {
    sources.document.report(path, 'needs exactly one of pem and pfx');
    return nothing;
  }
  if (sources.withoutSecrets) return nothing;
  const passphrase =
    entry.passphrase === undefined ? undefined : sources.secret(entry.passphrase, [...path, 'passphrase']);
  const common = { passphrase, sendX5c: entry.sendX5c };
  const main = [...path, entry.pem === undefined ? 'pfx' : 'pem'];
  try {
    if (entry.pfx !== undefined) return readCertificate({ ...common, pfx: sources.readPrivate(entry.pfx, main) });
    const parts = [
      (entry.key === undefined
        ? sources.readPrivate(entry.pem ?? '', main)
        : sources.read(entry.pem ?? '', main)
      ).toString('utf8'),
      entry.key === undefined ? '' : sources.readPrivate(entry.key, [...path, 'key']).toString('utf8'),
    ];
    return readCertificate({ ...common, pem: parts.join('\n') });
  } catch (error) {
    sources.document.report(main, `${entry.pem ?? entry.pfx} ${errorText(error)}`);
    return nothing;
  }
}
