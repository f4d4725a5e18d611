/** An HTTP proxy that tunnels to this machine, whatever name is asked for, as a name server of its own would. */
import type { Test } from 'tap';
import type { CertificatePair } from '../../src/simulator/certificate.ts';
import { startTunnel } from './tunnel.ts';

export interface TestProxy {
  readonly url: string;
  /** host:port of each tunnel asked for. */
  readonly tunnels: string[];
}

/**
 * @param credentials user:password it insists on
 * @param tls makes it a proxy that is reached by https
 */
export async function startProxy(
  t: Test,
  {
    credentials,
    tls,
    status,
  }: { readonly credentials?: string; readonly tls?: CertificatePair; readonly status?: number } = {},
): Promise<TestProxy> {
  const tunnels: string[] = [];
  const expected = credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`;
  const tunnel = await startTunnel((request) => {
    if (status !== undefined || request.headers['proxy-authorization'] !== expected)
      return `${status ?? 407} Refused\r\nProxy-Authenticate: Basic realm="proxy"`;
    tunnels.push(request.url ?? '');
    return Number(request.url?.split(':').at(-1));
  }, tls);
  t.teardown(() => tunnel.close());
  return { url: tunnel.url, tunnels };
}
