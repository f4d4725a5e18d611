/** Whether a host can be reached: its name, the proxy on the way, its certificate; and whether the clocks agree. */
import { lookup } from 'node:dns/promises';
import { connect } from 'node:tls';
import { isIP } from 'node:net';
import { request } from 'undici';
import { codeOf } from '../../errors.ts';
import { hostOf } from '../../network/hosts.ts';
import type { Outbound } from '../../config/types.ts';
import { connectFailure, connectionsTo, proxyFor } from '../../network/outbound.ts';
import { bad, ok, warn, type CheckLine } from '../check-line.ts';

const AREA = 'network';
const TIMEOUT = 15_000;
/** Entra and Exchange refuse tokens from here on, in milliseconds. */
const CLOCK_BAD = 300_000;
const CLOCK_WARN = 60_000;

const UNTRUSTED: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
]);

export interface Reached {
  readonly lines: readonly CheckLine[];
  readonly reachable: boolean;
}

/**
 * @param name what the host is, for the text
 * @param url is asked for; any answer will do
 * @param compareClocks by the Date of the answer
 */
export async function checkHost(name: string, url: URL, outbound: Outbound, compareClocks: boolean): Promise<Reached> {
  const proxy = proxyFor(url, outbound);
  const lines: CheckLine[] = [];
  if (proxy === undefined) {
    const failure = await resolves(hostOf(url));
    if (failure !== undefined)
      return {
        lines: [
          bad(
            AREA,
            `${name}: the name ${url.hostname} cannot be resolved (${failure}).`,
            "Check the name server of this machine, and the spelling of 'cloud' and 'endpoints'.",
            `  nslookup ${url.hostname}`,
          ),
        ],
        reachable: false,
      };
  }
  const dispatcher = connectionsTo(url, outbound);
  const startedAt = Date.now();
  try {
    const response = await request(url, { dispatcher, signal: AbortSignal.timeout(TIMEOUT) });
    const endedAt = Date.now();
    await response.body.dump();
    lines.push(
      ok(
        AREA,
        `${name}: ${url.host} answers${proxy === undefined ? '' : ` through proxy ${proxy.url}`} ` +
          `(${endedAt - startedAt} ms)`,
      ),
    );
    const date = response.headers['date'];
    if (compareClocks && typeof date === 'string') lines.push(clockLine((startedAt + endedAt) / 2 - Date.parse(date)));
    return { lines, reachable: true };
  } catch (error) {
    return {
      lines: [await failureLine(name, url, error instanceof Error ? error : new Error(String(error)), proxy?.url)],
      reachable: false,
    };
  } finally {
    await dispatcher.close();
  }
}

async function resolves(host: string): Promise<string | undefined> {
  if (isIP(host) !== 0) return undefined;
  try {
    await lookup(host);
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

async function failureLine(name: string, url: URL, error: Error, proxy: string | undefined): Promise<CheckLine> {
  const code = 'code' in error ? String(error.code) : error.name;
  if (UNTRUSTED.has(code)) {
    const issuer = proxy === undefined ? await issuerOf(url) : undefined;
    return bad(
      AREA,
      `${name}: the certificate of ${url.host} is not trusted ` +
        `(${code}${issuer === undefined ? '' : `, signed by "${issuer}"`}).`,
      'A firewall that inspects TLS? Get the certificate of its authority as a PEM file and name it:',
      '  caCertificates: [../certs/company-ca.crt]',
    );
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return bad(
      AREA,
      `${name}: the certificate of ${url.host} is not valid now (${code}).`,
      'Check the clock of this machine.',
    );
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return bad(
      AREA,
      `${name}: ${url.host} answers with the certificate of another host.`,
      'Something answers in its place: a portal, a firewall, or a wrong entry in the hosts file.',
    );
  if (proxy !== undefined)
    return bad(
      AREA,
      `${name}: ${url.host} cannot be reached through proxy ${proxy} (${connectFailure(error)}).`,
      "Check 'proxy' in the configuration (or https_proxy in the environment).",
      'If the host is reached directly, name it in proxy.except (or no_proxy).',
    );
  if (error.name === 'TimeoutError')
    return bad(
      AREA,
      `${name}: ${url.host} does not answer within ${TIMEOUT / 1000} s.`,
      `Let this machine reach ${url.host} in the firewall, or set 'proxy'.`,
    );
  return bad(
    AREA,
    `${name}: ${url.host} cannot be reached (${connectFailure(error)}).`,
    `Let this machine reach ${url.host} in the firewall, or set 'proxy'.`,
  );
}

/** Who signed a certificate that is not trusted: often the name of the firewall. */
function issuerOf(url: URL): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({
      host: hostOf(url),
      port: url.port === '' ? 443 : Number(url.port),
      servername: isIP(url.hostname) === 0 ? url.hostname : '',
      rejectUnauthorized: false,
      timeout: TIMEOUT,
    });
    const done = (issuer?: string): void => {
      resolve(issuer);
      socket.destroy();
    };
    socket.once('secureConnect', () => {
      const { issuer } = socket.getPeerCertificate();
      done([issuer?.CN ?? issuer?.O].flat()[0]);
    });
    socket.once('timeout', () => done());
    socket.once('error', () => done());
  });
}

/** @param ahead how far this machine's clock is ahead, in milliseconds */
export function clockLine(ahead: number): CheckLine {
  const seconds = Math.round(Math.abs(ahead) / 1000);
  const text = `The clock of this machine is ${seconds} s ${ahead < 0 ? 'behind' : 'ahead of'} Entra's.`;
  const remedy = ['Set the time: w32tm /resync on Windows, timedatectl set-ntp true on Linux.'];
  if (Math.abs(ahead) >= CLOCK_BAD) return bad(AREA, `${text} Tokens are refused from 5 minutes on.`, ...remedy);
  if (Math.abs(ahead) >= CLOCK_WARN) return warn(AREA, `${text} Tokens are refused from 5 minutes on.`, ...remedy);
  return ok(AREA, `the clock agrees with Entra's (${seconds} s off)`);
}
