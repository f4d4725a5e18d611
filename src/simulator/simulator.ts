/** Entra ID and Exchange Online together on loopback, trusting each other. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newKey, selfSignedCertificate, type CertificatePair } from './certificate.ts';
import { EntraSimulator, type SimulatedApp } from './entra/entra.ts';
import { ExchangeSimulator } from './exchange/exchange.ts';
import { Mailbox } from './mailbox/mailbox.ts';

export interface SimulatorOptions {
  readonly apps: readonly SimulatedApp[];
  readonly mailboxes: readonly Mailbox[];
  readonly schemas?: string;
  /** By which both are reached instead of localhost, for tests through a proxy. */
  readonly hostname?: string;
  /** Origins under which a proxy makes them look like the real ones. */
  readonly origins?: { readonly login: string; readonly exchange: string };
  readonly tokenLifetime?: number;
  /** RSA private key in PEM, for TLS and for signing tokens; default: a new one. */
  readonly key?: string;
}

export interface Simulator {
  readonly entra: EntraSimulator;
  readonly exchange: ExchangeSimulator;
  /** Certificate of both services; clients must trust it. */
  readonly tls: CertificatePair;
  close(): Promise<void>;
}

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const key = options.key ?? newKey();
  const tls = selfSignedCertificate(
    [
      'localhost',
      '127.0.0.1',
      ...(options.hostname === undefined ? [] : [options.hostname]),
      ...Object.values(options.origins ?? {}).map((origin) => new URL(origin).hostname),
    ],
    key,
  );
  const entra = new EntraSimulator({
    apps: options.apps,
    key,
    ...(options.tokenLifetime === undefined ? {} : { tokenLifetime: options.tokenLifetime }),
  });
  await entra.start(tls, undefined, options.origins?.login ?? options.hostname);
  const exchange = new ExchangeSimulator({
    mailboxes: options.mailboxes,
    tokenKey: entra.publicKey,
    ...(options.schemas === undefined ? {} : { schemas: options.schemas }),
  });
  await exchange.start(tls, undefined, options.origins?.exchange ?? options.hostname);
  return {
    entra,
    exchange,
    tls,
    close: async () => {
      await Promise.all([entra.close(), exchange.close()]);
    },
  };
}

/** A mailbox whose Inbox holds every .eml file of a folder, in the order of their names. */
export async function mailboxFromFolder(address: string, folder: string): Promise<Mailbox> {
  const mailbox = new Mailbox(address);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.eml')).toSorted();
  for (const name of names) await mailbox.deliver(await readFile(join(folder, name)));
  return mailbox;
}
