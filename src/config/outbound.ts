/** How Entra and Exchange are reached: authorities to trust, and the proxy of the configuration or the environment. */
import { hostOf, isLoopback } from '../network/hosts.ts';
import type { ConfigFile } from './schema.ts';
import type { Sources } from './sources.ts';
import type { Outbound, ProxySettings } from './types.ts';

export function readOutbound(sources: Sources, entry: ConfigFile): Outbound {
  return {
    caCertificates: (entry.caCertificates ?? []).map((path, index) => {
      const text = sources.readText(path, ['caCertificates', index]);
      if (text !== '' && !text.includes('-----BEGIN CERTIFICATE-----'))
        sources.document.report(['caCertificates', index], `${path} is not a PEM file with certificates`);
      return text;
    }),
    proxy: readProxy(sources, entry.proxy),
  };
}

function readProxy(sources: Sources, configured: ConfigFile['proxy']): ProxySettings | undefined {
  const entry = typeof configured === 'string' && configured !== 'none' ? { url: configured } : configured;
  if (entry === 'none') return undefined;
  const { environment } = sources;
  if (entry === undefined) {
    const text = environment['https_proxy'] ?? environment['HTTPS_PROXY'] ?? '';
    if (text === '') return undefined;
    const except = (environment['no_proxy'] ?? environment['NO_PROXY'] ?? '').split(/[\s,]+/).filter(Boolean);
    // curl and others take "proxy:3128" too.
    const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`);
    if (url === null || !/^https?:$/.test(url.protocol)) {
      sources.document.report(
        [],
        'the environment variable https_proxy is not an address like http://proxy:3128; ' +
          'correct it, or set proxy: in this file (proxy: none ignores it)',
      );
      return undefined;
    }
    return {
      url: url.origin,
      authorization: authorization(decodeURIComponent(url.username), decodeURIComponent(url.password)),
      except,
    };
  }
  const path = typeof configured === 'string' ? ['proxy'] : ['proxy', 'url'];
  const url = URL.parse(entry.url);
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '') {
    sources.document.report(path, `"${entry.url}" is not an address like http://proxy:3128`);
    return undefined;
  }
  if (url.password !== '' || url.username !== '')
    sources.document.report(path, 'credentials go into username and password, not into the address');
  if (entry.password !== undefined && entry.username === undefined)
    sources.document.report(['proxy', 'password'], 'goes with username');
  const password =
    entry.password === undefined || sources.withoutSecrets ? '' : sources.secret(entry.password, ['proxy', 'password']);
  if (entry.username !== undefined && url.protocol === 'http:' && !isLoopback(hostOf(url))) {
    sources.warnings.push(`the password for proxy ${url.origin} crosses the network readable.`);
  }
  return { url: url.origin, authorization: authorization(entry.username ?? '', password), except: entry.except ?? [] };
}

function authorization(username: string, password: string): string | undefined {
  return username === '' ? undefined : `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
