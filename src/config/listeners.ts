/** Listener entries: where clients and the administrator connect. */
import { readFileSync } from 'node:fs';
import { errorText } from '../errors.ts';
import { hostOf, isLoopback } from '../network/hosts.ts';
import { readServerCertificate, serverCertificatesIn } from './certificate-files.ts';
import type { ConfigPath } from './problems.ts';
import { listenerWithDefaults, type ListenerEntry } from './schema.ts';
import type { Sources } from './sources.ts';
import type { ListenerConfig, ListenerTls } from './types.ts';

/** @returns the listener, of which host is '' where the entry makes no sense */
export function readListener(sources: Sources, item: string | ListenerEntry, path: ConfigPath): ListenerConfig {
  const entry: ListenerEntry = typeof item === 'string' ? listenerWithDefaults({ url: item }) : item;
  const url = URL.parse(entry.url);
  const origin = url?.pathname === '/' && url.search === '' && url.username === '' && /^https?:$/.test(url.protocol);
  if (url === null || !origin) {
    sources.document.report(path, `"${entry.url}" is not an address like http://127.0.0.1:8025`);
    return { url: entry.url, host: '', port: 0, tls: undefined };
  }
  const host = hostOf(url);
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  if (!secure) {
    if (!isLoopback(host)) {
      if (!entry.allowPlainHttp) {
        sources.document.report(
          path,
          `${entry.url} would let passwords cross the network readable. Use https, or add allowPlainHttp: true.`,
        );
      }
      sources.warnings.push(`${entry.url} takes plain HTTP from other machines: passwords cross the network readable.`);
    }
    return { url: entry.url, host, port, tls: undefined };
  }
  return { url: entry.url, host, port, tls: readTls(sources, entry, path) };
}

function readTls(sources: Sources, entry: ListenerEntry, path: ConfigPath): ListenerTls | undefined {
  const { certificate, key, pfx } = entry;
  if (
    (pfx === undefined) === (certificate === undefined && key === undefined) ||
    (certificate === undefined) !== (key === undefined)
  ) {
    sources.document.report(
      path,
      'an https listener needs certificate and key, or pfx. No certificate at hand? ews-gateway certs makes one.',
    );
    return undefined;
  }
  const { minVersion } = entry;
  if (minVersion < 'TLSv1.2')
    sources.warnings.push(`${entry.url} accepts ${minVersion}, which is weak: keep it on a trusted network.`);
  const main = pfx ?? certificate ?? '';
  const nothing = { certificate: '', key: '', minVersion, file: sources.resolve(main), notAfter: undefined };
  if (sources.withoutSecrets) return { ...nothing, certificate: knownCertificates(sources, entry) };
  const at = [...path, pfx === undefined ? 'certificate' : 'pfx'];
  const passphrase =
    entry.passphrase === undefined ? undefined : sources.secret(entry.passphrase, [...path, 'passphrase']);
  const problems = sources.document.problemCount;
  const files =
    pfx === undefined
      ? {
          pem: [sources.readText(certificate ?? '', at), sources.readPrivateText(key ?? '', [...path, 'key'])].join(
            '\n',
          ),
        }
      : { pfx: sources.readPrivate(pfx, at) };
  if (sources.document.problemCount > problems) return nothing;
  try {
    const read = readServerCertificate({ ...files, passphrase });
    return { ...nothing, certificate: read.certificate, key: read.key, notAfter: read.notAfter };
  } catch (error) {
    sources.document.report(at, `${main}${key === undefined ? '' : ` (with ${key})`} ${errorText(error)}`);
    return nothing;
  }
}

/** For recognising this gateway: PEM; '' where this account cannot read them, or only with a secret that it lacks. */
function knownCertificates(sources: Sources, { certificate, pfx, passphrase }: ListenerEntry): string {
  try {
    const content = readFileSync(sources.resolve(pfx ?? certificate ?? ''));
    return serverCertificatesIn({
      ...(pfx === undefined ? { pem: content.toString('utf8') } : { pfx: content }),
      passphrase: passphrase === undefined ? undefined : sources.secretAtHand(passphrase),
    });
  } catch {
    return '';
  }
}
