/** Entra ID, Exchange Online and Microsoft Graph together on loopback, trusting each other. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newKey, selfSignedCertificate, type CertificatePair } from './certificate.ts';
import { EntraSimulator } from './entra/entra.ts';
import type { SimulatedApp } from './entra/simulated-app.ts';
import { ExchangeSimulator } from './exchange/exchange.ts';
import type { GraphBehaviour } from './graph/behaviour.ts';
import { GraphSimulator } from './graph/graph.ts';
import type { CloudModel } from './graph/model.ts';
import { Mailbox } from './mailbox/mailbox.ts';
import { Organization } from './mailbox/organization.ts';

export interface SimulatorOptions {
  readonly apps: readonly SimulatedApp[];
  readonly mailboxes: readonly Mailbox[];
  readonly schemas?: string;
  /** By which both are reached instead of localhost, for tests through a proxy. */
  readonly hostname?: string;
  /** Origins by which they are reached over something in between, which leads to where they listen. */
  readonly origins?: { readonly login?: string; readonly exchange?: string; readonly graph?: string };
  readonly tokenLifetime?: number;
  /** Which answer Graph gives where sources disagree; default: the likelier ones. */
  readonly graphBehaviour?: GraphBehaviour;
  /** Whose model of Graph; default: the global cloud's. */
  readonly graphCloud?: CloudModel;
  /** RSA private key in PEM, for TLS and for signing tokens; default: a new one. */
  readonly key?: string;
}

export interface Simulator {
  readonly entra: EntraSimulator;
  readonly exchange: ExchangeSimulator;
  readonly graph: GraphSimulator;
  /** Certificate of all services; clients must trust it. */
  readonly tls: CertificatePair;
  close(): Promise<void>;
}

/** Of this process: to make one takes longer than to start the services. */
const certificates = new Map<string, CertificatePair>();

function certificateFor(names: readonly string[], key: string): CertificatePair {
  const id = [...names, key].join('\n');
  const made = certificates.get(id) ?? selfSignedCertificate(names, key);
  certificates.set(id, made);
  return made;
}

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const key = options.key ?? newKey();
  const tls = certificateFor(
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
    tokenKey: entra.tokens.publicKey,
    ...(options.schemas === undefined ? {} : { schemas: options.schemas }),
  });
  await exchange.start(tls, undefined, options.origins?.exchange ?? options.hostname);
  // Both serve the same mailboxes, also those that come later.
  const graph = new GraphSimulator({
    organization: () => new Organization(exchange.mailboxes),
    tokenKey: entra.tokens.publicKey,
    ...(options.graphBehaviour === undefined ? {} : { behaviour: options.graphBehaviour }),
    ...(options.graphCloud === undefined ? {} : { cloud: options.graphCloud }),
  });
  await graph.start(tls, undefined, options.origins?.graph ?? options.hostname);
  entra.tokens.graphAudience = graph.origin;
  return {
    entra,
    exchange,
    graph,
    tls,
    close: async () => {
      await Promise.all([entra.close(), exchange.close(), graph.close()]);
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
