/**
 * What goes wrong before there is a request that could be logged: the wrong protocol, a certificate the client does
 * not trust, credentials other than Basic. Each is counted, kept for the status page, and logged once a minute for
 * each address, with what to do about it.
 */
import type { Logger } from 'pino';
import { lruCache } from '../lru-cache.ts';
import { networkOf } from '../network/addresses.ts';
import type { Activity } from '../telemetry/activity.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Kinds of trouble, with the remedy as a log and the status page show it. */
const REMEDIES = {
  'https-on-http': "The client speaks TLS to a plain http address. Set http:// in the client's address, or use https.",
  'http-on-https': "The client speaks plain HTTP to an https address. Set https:// in the client's address.",
  'certificate-not-trusted':
    "The client does not trust this listener's certificate. Install its authority on the client's machine, and use a " +
    'host name that stands in the certificate.',
  'closed-in-handshake':
    'The client closed the connection during the TLS handshake or right after it, without a request. Most ' +
    'clients do so when they ' +
    "do not trust the certificate: install its authority on the client's machine. A monitor that only connects looks " +
    'the same.',
  'tls-version':
    'The client offers no TLS version or cipher that this listener accepts. Update the client, or lower ' +
    'minVersion of ' +
    'the listener.',
  'ntlm': 'The client signs in with NTLM. Set its authentication to Basic (user name and password, no domain login).',
  'negotiate':
    'The client signs in with Negotiate (Kerberos or NTLM). Set its authentication to Basic: no Windows login, no ' +
    'default credentials.',
  'bearer':
    'The client signs in with an OAuth token. Set its authentication to Basic: the gateway obtains the tokens itself.',
  'digest': 'The client signs in with Digest. Set its authentication to Basic.',
  'pipelining':
    'The client sends many requests on one connection without waiting for their answers; it was closed. Switch off ' +
    'HTTP pipelining in the client.',
  'connections-of-address':
    'One address has as many connections as it may have (limits.connectionsPerAddress); further ones are closed.',
  'connections':
    'There are as many connections as the gateway may have (limits.connections, or the limit on open files); further ' +
    'ones are closed.',
} as const;

export type TroubleKind = keyof typeof REMEDIES;

export interface TroubleSinks {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly activity: Activity;
}

const MINUTE = 60_000;
/** Addresses that were logged within the last minute. */
const MAX_LOGGED = 1_000;
/** A host picks its own addresses within a /64: they are one here. */
const CLIENT_PREFIX = { ipv4: 32, ipv6: 64 } as const;

export class ConnectionTroubles {
  readonly #sinks: TroubleSinks;
  readonly #logged = lruCache<string, true>(MAX_LOGGED, MINUTE);

  constructor(sinks: TroubleSinks) {
    this.#sinks = sinks;
  }

  /**
   * @param source the client's address
   * @param listener the address it connected to
   * @param userAgent what the client names itself as, if it got that far
   */
  note(kind: TroubleKind, source: string, listener?: string, userAgent?: string): void {
    const { log, metrics, activity } = this.#sinks;
    const remedy = REMEDIES[kind];
    metrics.connectionTrouble(kind);
    const network = networkOf(source, CLIENT_PREFIX);
    activity.trouble({ kind, source, listener, userAgent, remedy, time: Date.now() }, network);
    // At a bound that all clients share, their addresses say nothing.
    const key = kind === 'connections' ? kind : `${kind} ${network}`;
    if (this.#logged.get(key) === true) return;
    this.#logged.set(key, true);
    log.warn({ trouble: kind, source, listener, userAgent, remedy }, 'a client cannot connect or sign in');
  }
}

const SCHEMES: ReadonlyMap<string, TroubleKind> = new Map([
  ['ntlm', 'ntlm'],
  ['negotiate', 'negotiate'],
  ['kerberos', 'negotiate'],
  ['bearer', 'bearer'],
  ['digest', 'digest'],
]);

/** The trouble with an Authorization header; undefined for Basic and what nobody knows. */
export function troubleOfScheme(authorization: string): TroubleKind | undefined {
  return SCHEMES.get((/^[A-Za-z]+/.exec(authorization)?.[0] ?? '').toLowerCase());
}

/** The trouble with a TLS handshake; undefined for what happens to any connection, such as a client that goes away. */
export function troubleOfHandshake(code: string | undefined): TroubleKind | undefined {
  if (code === undefined || !code.startsWith('ERR_SSL_')) return undefined;
  if (code === 'ERR_SSL_HTTP_REQUEST') return 'http-on-https';
  if (/ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)/.test(code))
    return 'certificate-not-trusted';
  if (/UNSUPPORTED_PROTOCOL|VERSION|NO_SHARED_CIPHER|INAPPROPRIATE_FALLBACK|ALERT_HANDSHAKE_FAILURE/.test(code))
    return 'tls-version';
  return undefined;
}
