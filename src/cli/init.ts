/** Asks what a configuration needs, writes it with comments, and ends with a check. */
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { makeCertificate } from '../certificates/x509.ts';
import { PERSONAL_TENANT } from '../config/types.ts';
import { writeAtomically } from '../state/atomic-file.ts';
import { readOptions } from './arguments.ts';
import { runCheck } from './check.ts';
import { UsageError, type Command, type CommandIo } from './command.ts';
import { configurationText, type Answers, type CallerAnswer, type CredentialAnswer } from './init-file.ts';
import {
  askCallers,
  askExpiry,
  askGraphOnAccessDenied,
  askPassword,
  askSecret,
  askUntil,
  givenCallers,
  clientProblem,
  tenantProblem,
  valid,
} from './init-questions.ts';
import { asCalled, commandLine } from './invocation.ts';
import { DEFAULT_FILE } from './start.ts';
import { localDay } from './terminal.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const CERTIFICATE_DAYS = 730;
/** Beside the folder `config` of an installation on Windows. */
const STATE_FOLDER = 'state';
const STATE_FILE = 'gateway-state.json';
const CLOUDS = ['global', 'gcchigh', 'dod', 'china'];

const OPTIONS = {
  'config': { type: 'string', short: 'c', default: DEFAULT_FILE },
  'name': { type: 'string', default: '' },
  'tenant': { type: 'string', default: '' },
  'client': { type: 'string', default: '' },
  'secret-env': { type: 'string', default: '' },
  'secret-file': { type: 'string', default: '' },
  'secret-expires': { type: 'string', default: '' },
  'new-certificate': { type: 'boolean', default: false },
  'certificate': { type: 'string', default: '' },
  'delegated': { type: 'boolean', default: false },
  'caller': { type: 'string', multiple: true, default: [] as string[] },
  'cloud': { type: 'string', default: 'global' },
  'graph-on-403': { type: 'boolean', default: false },
  'force': { type: 'boolean', default: false },
  'no-check': { type: 'boolean', default: false },
} as const;

export const init: Command = {
  usage: [
    'Usage: ews-gateway init [options]',
    '',
    'Writes a configuration, with comments, and checks it. Asks for what no option tells.',
    '  --tenant ID              Directory (tenant) ID of the app registration; consumers for Outlook.com accounts',
    '  --client ID              Application (client) ID',
    '  --secret-env NAME        the client secret is in this environment variable, or',
    '  --secret-file FILE       in this file, or',
    '  --new-certificate        make a key and certificate to upload to the app registration, or',
    '  --certificate FILE       use this PEM or PFX file, or',
    '  --delegated              none: mailboxes sign in themselves (ews-gateway sign-in)',
    '  --secret-expires DAY     day on which the secret expires (2027-01-31), to be warned before',
    '  --caller NAME            user name of a program: an address, or DOMAIN\\user=ADDRESS with its mailbox;',
    '                           repeat it for several. Without a terminal to ask on, its password is enrolled',
    '                           later (ews-gateway enrol)',
    `  --cloud NAME             ${CLOUDS.join(', ')}`,
    '  --graph-on-403           let Microsoft Graph take over also where Exchange refuses EWS without a reason, as',
    '                           for Kiosk, F1 and F3 licences and access policies',
    '  --name NAME              what to call the registration; default: from the first caller',
    `  --config FILE            where to write; default: ${DEFAULT_FILE}`,
    '  --force                  overwrite it if it is there',
    '  --no-check               do not check at the end',
  ].join('\n'),
  run: async (args, io) => {
    const options = readOptions(args, OPTIONS);
    const file = options.config;
    const path = io.path(file);
    if (existsSync(path) && !options.force)
      throw new Error(`${file} is there already. Use --force to overwrite it, or --config for another file.`);
    const missing = [
      options.tenant === '' && '--tenant',
      options.client === '' && '--client',
      credentialKinds(options).length === 0 &&
        '--secret-env, --secret-file, --new-certificate, --certificate or --delegated',
      options.caller.length === 0 && '--caller',
    ].filter(Boolean);
    if (!io.isTerminal.stdin && missing.length > 0)
      throw new UsageError(`Without a terminal to ask on, these options are needed: ${missing.join('; ')}.`);
    if (credentialKinds(options).length > 1)
      throw new UsageError(`One of ${credentialKinds(options).join(', ')}, not several.`);
    if (!CLOUDS.includes(options.cloud)) throw new UsageError(`--cloud ${options.cloud}: one of ${CLOUDS.join(', ')}`);

    const tenantId = await valid(io, options.tenant, 'Directory (tenant) ID of the app registration', tenantProblem);
    const clientId = await valid(io, options.client, 'Application (client) ID', (id) => clientProblem(id, tenantId));
    const named = options.caller.length > 0 ? await givenCallers(io, options.caller) : await askCallers(io);
    const name = options.name === '' ? nameFrom(named[0]?.mailbox ?? named[0]?.username ?? '') : options.name;
    const personal = tenantId === PERSONAL_TENANT;
    if (personal && credentialKinds(options).some((kind) => kind !== '--delegated'))
      throw new UsageError('Personal accounts (--tenant consumers) sign in themselves: use --delegated.');
    const signsIn = personal ? { ...options, delegated: true } : options;
    const { credential, files, told } = await credentialFrom(io, signsIn, { name, clientId, file: path });
    const callers: CallerAnswer[] = [];
    for (const caller of named)
      callers.push({ ...caller, hash: io.isTerminal.stdin ? await askPassword(io, caller.username) : undefined });
    const graphOnAccessDenied = !personal && (options['graph-on-403'] || (await askGraphOnAccessDenied(io)));
    const { cloud } = options;
    const stateFile = serviceStateFile(path, io.platform);
    const answers: Answers = { name, tenantId, clientId, cloud, graphOnAccessDenied, credential, callers, stateFile };
    // Only now, so that whoever stops at a question leaves nothing behind.
    writeAll([...files, { path, content: asCalled(io, configurationText(answers)) }]);
    // The hashes are for the gateway's group at most.
    if (io.platform !== 'win32') chmodSync(path, 0o640);
    for (const line of told) io.stdout.write(`${line}\n`);
    io.stdout.write(`Wrote ${file}\n`);
    tellNextSteps(io, answers, file);
    if (options['no-check']) return 0;
    io.stdout.write('\nChecking it:\n');
    return runCheck(io, file);
  },
};

/**
 * Where the set-ups of docs/install keep the state of a configuration, to be written into it: the service knows the
 * place by its environment, the administrator's shell does not. Undefined where there is no such set-up.
 */
function serviceStateFile(file: string, platform: NodeJS.Platform): string | undefined {
  const folder = dirname(resolve(file));
  if (basename(folder) === 'config' && existsSync(join(folder, '..', STATE_FOLDER)))
    return `../${STATE_FOLDER}/${STATE_FILE}`;
  if (platform !== 'win32' && dirname(folder) === '/etc') return `/var/lib/${basename(folder)}/${STATE_FILE}`;
  return undefined;
}

interface NewFile {
  readonly path: string;
  readonly content: string;
}

interface CredentialPlan {
  readonly credential: CredentialAnswer;
  /** To be written with the configuration. */
  readonly files: readonly NewFile[];
  /** What to say once they are there. */
  readonly told: readonly string[];
}

/** Writes all of them, or none: what was new is removed where one cannot be written. */
function writeAll(files: readonly NewFile[]): void {
  const made: string[] = [];
  try {
    for (const { path, content } of files) {
      const isNew = !existsSync(path);
      writeAtomically(path, content);
      if (isNew) made.push(path);
    }
  } catch (error) {
    for (const path of made) rmSync(path, { force: true });
    throw error;
  }
}

function onlyAnswer(credential: CredentialAnswer): CredentialPlan {
  return { credential, files: [], told: [] };
}

type InitOptions = ReturnType<typeof readOptions<typeof OPTIONS>>;

function credentialKinds(options: InitOptions): string[] {
  return (['secret-env', 'secret-file', 'new-certificate', 'certificate', 'delegated'] as const)
    .filter((kind) => options[kind] !== '' && options[kind] !== false)
    .map((kind) => `--${kind}`);
}

async function credentialFrom(
  io: CommandIo,
  options: InitOptions,
  { name, clientId, file }: { readonly name: string; readonly clientId: string; readonly file: string },
): Promise<CredentialPlan> {
  const expires = options['secret-expires'];
  if (expires !== '' && !DAY.test(expires)) throw new UsageError(`--secret-expires ${expires}: a day like 2027-01-31`);
  const end = expires === '' ? undefined : expires;
  const fromFile = (given: string): string => relative(dirname(file), io.path(given)).replaceAll('\\', '/');
  if (options.delegated) return onlyAnswer({ kind: 'delegated' });
  if (options['secret-env'] !== '')
    return onlyAnswer({ kind: 'secret', reference: { env: options['secret-env'] }, expires: end });
  if (options['secret-file'] !== '')
    return onlyAnswer({ kind: 'secret', reference: { file: fromFile(options['secret-file']) }, expires: end });
  if (options.certificate !== '')
    return onlyAnswer({
      kind: 'certificate',
      ...(/\.(?:pfx|p12)$/i.test(options.certificate)
        ? { pfx: fromFile(options.certificate) }
        : { pem: fromFile(options.certificate) }),
    });
  if (options['new-certificate']) return newCertificate(name, clientId, file);

  io.stderr.write(
    [
      '',
      'How does the gateway prove to Entra that it is this app?',
      '  1  a client secret, typed in now and kept in a file',
      '  2  a client secret in an environment variable',
      '  3  a certificate that is made now, to be uploaded',
      '  4  nothing: each mailbox signs in itself (delegated)',
      '',
    ].join('\n'),
  );
  const choice = await askUntil(io, '1, 2, 3 or 4', (text) => (/^[1-4]$/.test(text) ? undefined : 'One of them.'), '1');
  switch (choice) {
    case '1': {
      const path = join(dirname(file), `${name}-client-secret.txt`);
      if (existsSync(path) && !options.force)
        throw new Error(`${path} is there already. Use it (--secret-file ${path}), or --force to overwrite it.`);
      const secret = await askSecret(io);
      const expires = await askExpiry(io, end);
      return {
        credential: { kind: 'secret', reference: { file: basename(path) }, expires },
        files: [{ path, content: `${secret}\n` }],
        told: [`The secret is in ${path}, which only this account can read.`],
      };
    }
    case '2': {
      const suggested = `${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_CLIENT_SECRET`;
      const isVariable = (text: string): string | undefined =>
        /^[A-Za-z_]\w*$/.test(text) ? undefined : 'Letters, digits and underscores.';
      const env = await askUntil(io, 'Its name', isVariable, suggested);
      return onlyAnswer({ kind: 'secret', reference: { env }, expires: await askExpiry(io, end) });
    }
    case '3':
      return newCertificate(name, clientId, file);
    default:
      return onlyAnswer({ kind: 'delegated' });
  }
}

/** A key that never leaves this machine, and its certificate for the app registration. */
function newCertificate(name: string, clientId: string, file: string): CredentialPlan {
  // Beside config/, as in the example; else beside the file.
  const folder = join(dirname(file), basename(dirname(resolve(file))) === 'config' ? '../certs' : 'certs');
  const [certificateFile, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  for (const path of [certificateFile, keyFile])
    if (existsSync(path)) throw new Error(`${path} is there already. Move it away, or use it: --certificate ${path}`);
  const pair = makeCertificate({
    kind: 'client',
    commonName: `ews-gateway ${name}`,
    names: [],
    days: CERTIFICATE_DAYS,
  });
  const { fingerprint, validTo } = new X509Certificate(pair.certificate);
  const from = (path: string): string => relative(dirname(file), path).replaceAll('\\', '/');
  return {
    credential: { kind: 'certificate', pem: from(certificateFile), key: from(keyFile) },
    files: [
      { path: keyFile, content: pair.key },
      { path: certificateFile, content: pair.certificate },
    ],
    told: [
      `Made the private key ${keyFile} and the certificate ${certificateFile}.`,
      `Upload the certificate: Entra admin center, App registrations, app ${clientId}, ` +
        'Certificates & secrets, Certificates, Upload certificate.',
      `Entra then shows the thumbprint ${fingerprint.replaceAll(':', '')}. ` +
        `It is good until ${localDay(new Date(validTo))}.`,
    ],
  };
}

function nameFrom(address: string): string {
  return (
    address
      .slice(address.indexOf('@') + 1)
      .split('.')[0]
      ?.toLowerCase()
      .replaceAll(/[^a-z0-9._-]/g, '') || 'tenant'
  );
}

function tellNextSteps(io: CommandIo, { callers, credential }: Answers, file: string): void {
  const config = file === DEFAULT_FILE ? [] : ['--config', file];
  const lines = [
    ...(credential.kind === 'delegated'
      ? callers.map(
          ({ username, mailbox }) =>
            `Sign the mailbox in:  ${commandLine(io, 'sign-in', mailbox ?? username, ...config)}`,
        )
      : []),
    `Start the gateway:  ${commandLine(io, 'start', ...config)}`,
    ...callers
      .filter(({ hash }) => hash === undefined)
      .map(
        ({ username }) =>
          `Enrol the program's password while it runs:  ` +
          commandLine(io, 'enrol', username, '--for', '15m', ...config),
      ),
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
}
