/** How several gateways find each other, and what they need for that. */
import { hostOf, isLoopback } from '../network/hosts.ts';
import type { ConfigFile } from './schema.ts';
import type { Sources } from './sources.ts';
import type { SharedStateSettings } from './types.ts';

const AT = 'sharedState';

export function readSharedState(sources: Sources, file: ConfigFile): SharedStateSettings | undefined {
  const { document } = sources;
  const entry = file.sharedState;
  if (entry === undefined) return undefined;
  if (file.stateKey === undefined)
    document.report([AT], 'needs stateKey: all gateways seal with the same key what they share');
  const isDelegated = Object.values(file.registrations).some(({ flow }) => flow === 'delegated');
  if (isDelegated && file.tokenStore.key === undefined)
    document.report([AT], 'needs tokenStore.key: all gateways encrypt sign-ins with the same key');
  const { url: text, username, certificate, key, prefix, timeoutMilliseconds } = entry;
  const url = URL.parse(text);
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === '' || !/^(?:\/\d*)?$/.test(url.pathname)) {
    document.report([AT, 'url'], `"${text}" is not an address like redis://host:6379 or rediss://host:6379`);
    return undefined;
  }
  if (url.username !== '' || url.password !== '')
    document.report([AT, 'url'], 'credentials go into username and password, not into the address');
  if (entry.username !== undefined && entry.password === undefined)
    document.report([AT, 'username'], 'goes with password');
  if ((certificate === undefined) !== (key === undefined))
    document.report([AT, certificate === undefined ? 'key' : 'certificate'], 'certificate and key go together');
  if (url.protocol === 'redis:' && !isLoopback(hostOf(url)))
    sources.warnings.push(
      `what the gateways share crosses the network readable on the way to ${url.host}: use rediss.`,
    );
  const secrets = !sources.withoutSecrets || sources.withTokenStore;
  return {
    url: url.href,
    username,
    password: entry.password === undefined || !secrets ? undefined : sources.secret(entry.password, [AT, 'password']),
    tls:
      certificate === undefined || key === undefined || !secrets
        ? undefined
        : { cert: sources.readText(certificate, [AT, 'certificate']), key: sources.readPrivateText(key, [AT, 'key']) },
    prefix,
    timeoutMilliseconds,
  };
}
