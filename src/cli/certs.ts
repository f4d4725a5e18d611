import { randomBytes } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import { relative } from 'node:path';
import {
  issueServerCertificate,
  NamesOutsideError,
  SERVER_DAYS,
  type IssuedFiles,
} from '../certificates/local-authority.ts';
import { readArguments } from './arguments.ts';
import { UsageError, type Command, type CommandIo } from './command.ts';
import { commandLine } from './invocation.ts';
import { localDay } from './terminal.ts';

const LONGEST = 3_650;
const MAX_NAMES = 100;
const NAME = /^(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?$|^[0-9a-f.:]+$/i;

export const certs: Command = {
  usage: [
    `Usage: ews-gateway certs [NAME...] [--folder certs] [--days ${SERVER_DAYS}] [--no-pfx]`,
    '',
    'Makes a certificate for an https listener, and a certificate authority of its own that signs it, and',
    'tells how to trust that authority on the machines of the programs. NAMEs are the host names and IP',
    "addresses by which programs reach the gateway; default: this machine's, or those of the certificate",
    'that is there already. Run again, it renews the certificate and keeps the authority; the running',
    'gateway does so by itself 30 days before the end.',
  ].join('\n'),
  run: async (args, io) => {
    const options = {
      'folder': { type: 'string', default: 'certs' },
      'days': { type: 'string', default: String(SERVER_DAYS) },
      'no-pfx': { type: 'boolean', default: false },
    } as const;
    const { values, positionals } = readArguments(args, options, MAX_NAMES);
    const days = Number(values.days);
    if (!Number.isInteger(days) || days < 1 || days > LONGEST)
      throw new UsageError(`--days ${values.days}: a number of days from 1 to ${LONGEST}`);
    for (const name of positionals)
      if (!NAME.test(name)) throw new UsageError(`"${name}" is neither a host name nor an IP address.`);
    const passphrase = values['no-pfx'] ? undefined : randomBytes(12).toString('base64url');
    const issued = issue(io, values.folder, {
      names: positionals,
      otherwise: ownNames(),
      alsoPermitted: [hostname()].filter((name) => NAME.test(name)),
      days,
      ...(passphrase === undefined ? {} : { passphrase }),
    });
    io.stdout.write(
      `${[...describe(issued, passphrase), '', ...listenerLines(issued), '', ...trustLines(issued)].join('\n')}\n`,
    );
    return 0;
  },
};

/** @throws Error that says how to make another authority, where the one of the folder may not issue for the names */
function issue(io: CommandIo, folder: string, request: Parameters<typeof issueServerCertificate>[1]): IssuedFiles {
  try {
    return issueServerCertificate(io.path(folder), request);
  } catch (error) {
    if (!(error instanceof NamesOutsideError)) throw error;
    throw new Error(
      [
        `${error.message} It was made for other names, and machines that trust it accept no others of it.`,
        'Make a new authority in another folder, for all names, and trust it on the machines of the programs:',
        `  ${commandLine(io, 'certs', ...request.names, '--folder', `${folder}-new`)}`,
      ].join('\n'),
      { cause: error },
    );
  }
}

/** What this machine is called, and its addresses. */
function ownNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) =>
    (entries ?? []).filter(({ internal, scopeid }) => !internal && (scopeid ?? 0) === 0).map(({ address }) => address),
  );
  return [...new Set([hostname(), 'localhost', '127.0.0.1', '::1', ...addresses])];
}

function describe(
  { authority, certificate, key, pfx, names, notAfter, newAuthority }: IssuedFiles,
  passphrase: string | undefined,
): string[] {
  return [
    ...(newAuthority
      ? [`Made a certificate authority  ${authority}`]
      : [`Kept the certificate authority  ${authority}`]),
    `Made a certificate            ${certificate}, good until ${localDay(notAfter)}`,
    `  for                         ${names.join(', ')}`,
    `Its private key               ${key}`,
    ...(pfx === undefined ? [] : [`The same as PFX               ${pfx}, password ${passphrase}`]),
  ];
}

function listenerLines({ certificate, key }: IssuedFiles): string[] {
  const from = (path: string): string => relative('config', path).replaceAll('\\', '/');
  return [
    'For config/gateway.yaml (paths are relative to it):',
    '  listen:',
    '    - http://127.0.0.1:8025',
    `    - { url: "https://0.0.0.0:8443", certificate: ${from(certificate)}, key: ${from(key)} }`,
  ];
}

function trustLines({ authority, newAuthority }: IssuedFiles): string[] {
  if (!newAuthority) return ['Machines that trust the authority already need nothing.'];
  return [
    `Trust ${authority} on each machine that runs programs:`,
    '  Windows, one machine (as administrator):',
    '    certutil -addstore -f Root local-ca.crt',
    '  Windows, by group policy: Computer Configuration, Policies, Windows Settings, Security Settings,',
    '    Public Key Policies, Trusted Root Certification Authorities: import local-ca.crt',
    '  Debian, Ubuntu:',
    '    cp local-ca.crt /usr/local/share/ca-certificates/ews-gateway.crt && update-ca-certificates',
    '  Red Hat, Fedora, SUSE:',
    '    cp local-ca.crt /etc/pki/ca-trust/source/anchors/ews-gateway.crt && update-ca-trust',
    'Keep local-ca.key to yourself: whoever has it can pose as this server to those machines.',
  ];
}
