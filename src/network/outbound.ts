/**
 * The gateway's connections to Entra and Exchange: which authorities are trusted, and through which
 * proxy the way goes.
 *
 * @see https://about.gitlab.com/blog/we-need-to-talk-no-proxy/ for how programs read no_proxy
 */
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { Agent, Pool, ProxyAgent, type Dispatcher } from 'undici';
import type { Outbound, ProxySettings } from '../config/types.ts';
import { lruCache } from '../lru-cache.ts';
import { hostOf, isLoopback, withoutBrackets } from './hosts.ts';

export interface ConnectionSettings {
  /** Connections at a time at most; default: no limit. */
  readonly connections?: number;
  readonly keepAliveTimeout?: number;
  readonly headersTimeout?: number;
  readonly bodyTimeout?: number;
}

const CONNECT_TIMEOUT = 10_000;

/** The pools of a proxy agent, which does not tell of them. */
const behindProxy = new WeakMap<Dispatcher, readonly Pool[]>();

/** The proxy on the way to an address; undefined where the way is direct. */
export function proxyFor(url: URL, { proxy }: Outbound): ProxySettings | undefined {
  return proxy === undefined || isExcepted(url, proxy.except) ? undefined : proxy;
}

/**
 * Trusts the well-known authorities, those the machine trusts (where companies put the authority of a
 * firewall that inspects TLS), and the configured ones. Made once for the same configured ones: to read hundreds of
 * certificates takes some 30 ms, for which a reload would hold up all requests.
 */
export function trustOf(outbound: Outbound): SecureContext {
  const configured = outbound.caCertificates.join('\n');
  let context = contexts.get(configured);
  if (context === undefined) contexts.set(configured, (context = createSecureContext({ ca: authoritiesOf(outbound) })));
  return context;
}

/** The same, with a certificate of the gateway's own where a server asks for one. @param client PEM */
export function trustWith(
  outbound: Outbound,
  client: { readonly cert: string; readonly key: string } | undefined,
): SecureContext {
  return client === undefined ? trustOf(outbound) : createSecureContext({ ca: authoritiesOf(outbound), ...client });
}

function authoritiesOf({ caCertificates }: Outbound): string[] {
  return [...new Set([...getCACertificates('default'), ...machineAuthorities(), ...caCertificates])];
}

/** By the configured authorities. Few: those of the old and the new configuration. */
const contexts = lruCache<string, SecureContext>(4);

function machineAuthorities(): string[] {
  try {
    return getCACertificates('system');
  } catch {
    return [];
  }
}

/**
 * Connections to one origin. Several requests never share a connection at a time.
 *
 * @param url of the service; only its origin counts
 */
export function connectionsTo(url: URL, outbound: Outbound, settings: ConnectionSettings = {}): Dispatcher {
  // Whoever gives up an answer sooner gives up a connection as soon.
  const timeout = Math.min(CONNECT_TIMEOUT, settings.headersTimeout ?? CONNECT_TIMEOUT);
  const tls = { timeout, secureContext: trustOf(outbound) };
  const proxy = proxyFor(url, outbound);
  if (proxy !== undefined) {
    const pools: Pool[] = [];
    const agent = new ProxyAgent({
      ...settings,
      uri: proxy.url,
      ...(proxy.authorization === undefined ? {} : { token: proxy.authorization }),
      pipelining: 1,
      requestTls: tls,
      proxyTls: tls,
      connectTimeout: timeout,
      factory: (origin, options) => {
        const pool = new Pool(origin, options);
        pools.push(pool);
        return pool;
      },
    });
    behindProxy.set(agent, pools);
    return agent;
  }
  return settings.connections === undefined
    ? new Agent({ ...settings, connect: tls })
    : new Pool(url.origin, { ...settings, pipelining: 1, connect: tls });
}

/** See the documentation of undici's PoolStats. */
export interface ConnectionCounts {
  readonly connected: number;
  /** Of those, the ones without a request. */
  readonly free: number;
  /** Requests that wait for a connection. */
  readonly pending: number;
}

/** How the connections that {@link connectionsTo} made are used. */
export function connectionCounts(dispatcher: Dispatcher): ConnectionCounts {
  const pools = behindProxy.get(dispatcher) ?? (dispatcher instanceof Pool ? [dispatcher] : []);
  const sum = (key: keyof ConnectionCounts): number => pools.reduce((total, { stats }) => total + stats[key], 0);
  return { connected: sum('connected'), free: sum('free'), pending: sum('pending') };
}

/** A proxy's refusal of a tunnel, as undici words it. */
const TUNNEL_REFUSED = /Proxy response \((\d{3})\)/;

/**
 * Why a connection could not be made, in a few words for an administrator.
 *
 * @param error from undici
 */
export function connectFailure(error: Error): string {
  const status = TUNNEL_REFUSED.exec(error.message)?.[1];
  if (status === '407') return 'the proxy wants other credentials: 407';
  if (status !== undefined) return `the proxy refuses: ${status}`;
  if ('code' in error && error.code === 'UND_ERR_PRX_TLS') return "the proxy's own certificate is not trusted";
  return 'code' in error ? String(error.code) : error.name;
}

/** Codes of connections that were not made: by the system, by undici, and of certificates that are not trusted. */
const NOT_CONNECTED =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|UND_ERR_PRX_TLS)$/;
const NOT_TRUSTED = /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_|HOSTNAME_MISMATCH$)/;

/**
 * Whether a failure came before anything of a request was sent, by its kind alone.
 *
 * @param error from undici
 * @see https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
export function isBeforeSending(error: Error): boolean {
  if (TUNNEL_REFUSED.test(error.message)) return true;
  const code = 'code' in error ? String(error.code) : '';
  return NOT_CONNECTED.test(code) || NOT_TRUSTED.test(code) || ('syscall' in error && error.syscall === 'connect');
}

/** Whether no connection came to be in time. */
export function isConnectTimeout(error: Error): boolean {
  return 'code' in error && error.code === 'UND_ERR_CONNECT_TIMEOUT';
}

function isExcepted(url: URL, except: readonly string[]): boolean {
  const host = hostOf(url);
  if (isLoopback(host)) return true;
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return except.some((entry) => {
    if (entry === '*') return true;
    const [, name = '', onlyPort] = /^(\[[^\]]+\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry.trim().toLowerCase()) ?? [];
    if (onlyPort !== undefined && onlyPort !== port) return false;
    const suffix = withoutBrackets(name).replace(/^\*?\./, '');
    return suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`));
  });
}
