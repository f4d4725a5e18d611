/** How several gateways find each other, and what they need for that. */
import { hostOf, isLoopback } from '../network/hosts.ts';
import type { ConfigFile } from './schema.ts';
import type { Sources } from './sources.ts';
import type { RedisServers, SharedStateSettings } from './types.ts';

const AT = 'sharedState';

type Entry = NonNullable<ConfigFile['sharedState']>;

export function readSharedState(sources: Sources, file: ConfigFile): SharedStateSettings | undefined {
  const { document } = sources;
  const entry = file.sharedState;
  if (entry === undefined) return undefined;
  if (file.stateKey === undefined)
    document.report([AT], 'needs stateKey: all gateways seal with the same key what they share');
  const isDelegated = Object.values(file.registrations).some(({ flow }) => flow === 'delegated');
  if (isDelegated && file.tokenStore.key === undefined)
    document.report([AT], 'needs tokenStore.key: all gateways encrypt sign-ins with the same key');
  const { username, certificate, key, prefix, timeoutMilliseconds } = entry;
  const secrets = !sources.withoutSecrets || sources.withTokenStore;
  const servers = readServers(sources, entry, secrets);
  if (servers === undefined) return undefined;
  if (username !== undefined && entry.password === undefined) document.report([AT, 'username'], 'goes with password');
  if ((certificate === undefined) !== (key === undefined))
    document.report([AT, certificate === undefined ? 'key' : 'certificate'], 'certificate and key go together');
  return {
    servers,
    username,
    password: entry.password === undefined || !secrets ? undefined : sources.secret(entry.password, [AT, 'password']),
    tls:
      certificate === undefined || key === undefined || !secrets
        ? undefined
        : { cert: sources.readText(certificate, [AT, 'certificate']), key: sources.readPrivateText(key, [AT, 'key']) },
    prefix: servers.kind === 'cluster' ? withHashTag(prefix) : prefix,
    timeoutMilliseconds,
  };
}

/** Where the server is. Reports what is wrong. */
function readServers(sources: Sources, { url, sentinel, cluster }: Entry, secrets: boolean): RedisServers | undefined {
  const { document } = sources;
  if ([url, sentinel, cluster].filter((place) => place !== undefined).length !== 1) {
    document.report([AT], 'needs one of url, sentinel and cluster');
    return undefined;
  }
  if (url !== undefined) {
    const read = readUrl(sources, url, [AT, 'url'], true);
    return read === undefined ? undefined : { kind: 'server', url: read };
  }
  const kind = sentinel === undefined ? 'cluster' : 'sentinel';
  const given = (sentinel ?? cluster)?.urls ?? [];
  const urls = given.flatMap((text, index) => readUrl(sources, text, [AT, kind, 'urls', index], false) ?? []);
  if (urls.length < given.length) return undefined;
  if (new Set(urls.map((text) => new URL(text).protocol)).size > 1)
    document.report([AT, kind, 'urls'], 'either all with redis:// or all with rediss://');
  if (sentinel === undefined) return { kind: 'cluster', urls };
  const { master, username, password } = sentinel;
  if (username !== undefined && password === undefined) document.report([AT, kind, 'username'], 'goes with password');
  return {
    kind: 'sentinel',
    urls,
    master,
    username,
    password: password === undefined || !secrets ? undefined : sources.secret(password, [AT, kind, 'password']),
  };
}

/** @returns undefined where it is none, which is reported */
function readUrl(
  { document, warnings }: Sources,
  text: string,
  at: readonly (string | number)[],
  withNumber: boolean,
): string | undefined {
  const url = URL.parse(text);
  const path = withNumber ? /^(?:\/\d*)?$/ : /^\/?$/;
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === '' || !path.test(url.pathname)) {
    document.report(at, `"${text}" is not an address like redis://host:6379 or rediss://host:6379`);
    return undefined;
  }
  if (url.username !== '' || url.password !== '')
    document.report(at, 'credentials go into username and password, not into the address');
  if (url.protocol === 'redis:' && !isLoopback(hostOf(url)))
    warnings.push(`what the gateways share crosses the network readable on the way to ${url.host}: use rediss.`);
  return url.href;
}

/** @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags */
function withHashTag(prefix: string): string {
  return /^[^{]*\{[^}]+\}/.test(prefix) ? prefix : `{${prefix.replaceAll(/[{}]/g, '')}}`;
}
