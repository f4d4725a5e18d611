/** Asks what a configuration needs, writes it with comments, and ends with a check. */
import { chmodSync, existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { hashPassword, questionMarksForm } from '../callers/password-hash.ts';
import { makeCertificate } from '../certificates/x509.ts';
import { writeAtomically } from '../state/atomic-file.ts';
import { readOptions } from './arguments.ts';
import { runCheck } from './check.ts';
import { UsageError, type Command, type CommandIo } from './command.ts';
import { BEYOND_ASCII } from './hash-password.ts';
import { configurationText, type Answers, type CallerAnswer, type CredentialAnswer } from './init-file.ts';
import { DEFAULT_FILE } from './start.ts';
import { ask, askHidden } from './terminal.ts';

const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const TENANT = /^(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[a-z0-9-]+(?:\.[a-z0-9-]+)+)$/i;
const ADDRESS = /^[^@\s\\]+@[^@\s\\]+$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const CERTIFICATE_DAYS = 730;
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
  'force': { type: 'boolean', default: false },
  'no-check': { type: 'boolean', default: false },
} as const;

export const init: Command = {
  usage: [
    'Usage: ews-gateway init [options]',
    '',
    'Writes a configuration, with comments, and checks it. Asks for what no option tells.',
    '  --tenant ID              Directory (tenant) ID of the app registration',
    '  --client ID              Application (client) ID',
    '  --secret-env NAME        the client secret is in this environment variable, or',
    '  --secret-file FILE       in this file, or',
    '  --new-certificate        make a key and certificate to upload to the app registration, or',
    '  --certificate FILE       use this PEM or PFX file, or',
    '  --delegated              none: mailboxes sign in themselves (ews-gateway sign-in)',
    '  --secret-expires DAY     day on which the secret ends (2027-01-31), to be warned before',
    '  --caller ADDRESS         user name of a workflow; repeat it for several. Without a terminal to ask on,',
    '                           its password is taken over from the workflow (ews-gateway enrol)',
    `  --cloud NAME             ${CLOUDS.join(', ')}`,
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
      throw new Error(`${file} is there already. Use --force to overwrite it, or --config for another place.`);
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

    const tenantId = await valid(
      io,
      options.tenant,
      'Directory (tenant) ID of the app registration',
      TENANT,
      'a GUID, as the Overview page of the app registration shows it',
    );
    const clientId = await valid(
      io,
      options.client,
      'Application (client) ID',
      GUID,
      'a GUID, as the Overview page of the app registration shows it',
    );
    const names = options.caller.length > 0 ? options.caller : await askCallers(io);
    for (const name of names)
      if (!ADDRESS.test(name))
        throw new UsageError(
          `--caller ${name}: the address of a mailbox, as the client sends it. ` +
            '(For DOMAIN\\user edit the file afterwards.)',
        );
    const name = options.name === '' ? nameFrom(names[0] ?? '') : options.name;
    const credential = await credentialFrom(io, options, { name, clientId, file: path });
    const callers: CallerAnswer[] = [];
    for (const username of names)
      callers.push({ username, hash: io.isTerminal.stdin ? await askPassword(io, username) : undefined });
    const answers: Answers = { name, tenantId, clientId, cloud: options.cloud, credential, callers };
    writeAtomically(path, configurationText(answers));
    // The hashes are for the gateway's group at most.
    if (io.platform !== 'win32') chmodSync(path, 0o640);
    io.stdout.write(`Wrote ${file}\n`);
    tellNextSteps(io, answers, file);
    if (options['no-check']) return 0;
    io.stdout.write('\nChecking it:\n');
    return runCheck(io, file);
  },
};

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
): Promise<CredentialAnswer> {
  const expires = options['secret-expires'];
  if (expires !== '' && !DAY.test(expires)) throw new UsageError(`--secret-expires ${expires}: a day like 2027-01-31`);
  const end = expires === '' ? undefined : expires;
  const fromFile = (given: string): string => relative(dirname(file), io.path(given)).replaceAll('\\', '/');
  if (options.delegated) return { kind: 'delegated' };
  if (options['secret-env'] !== '') return { kind: 'secret', reference: { env: options['secret-env'] }, expires: end };
  if (options['secret-file'] !== '')
    return { kind: 'secret', reference: { file: fromFile(options['secret-file']) }, expires: end };
  if (options.certificate !== '')
    return {
      kind: 'certificate',
      ...(/\.(?:pfx|p12)$/i.test(options.certificate)
        ? { pfx: fromFile(options.certificate) }
        : { pem: fromFile(options.certificate) }),
    };
  if (options['new-certificate']) return newCertificate(io, name, clientId, file);

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
  switch (await ask(io, '1, 2, 3 or 4', '1')) {
    case '1': {
      const secret = await askHidden(io, "The secret's Value (not its ID; nothing is shown)");
      if (secret === '') throw new Error('The secret is empty. Nothing was written.');
      const path = join(dirname(file), `${name}-client-secret.txt`);
      writeAtomically(path, `${secret}\n`);
      io.stderr.write(`Kept in ${path}, which only this account can read.\n`);
      return { kind: 'secret', reference: { file: basename(path) }, expires: await askExpiry(io, end) };
    }
    case '2':
      return {
        kind: 'secret',
        reference: {
          env: await ask(io, 'Its name', `${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_CLIENT_SECRET`),
        },
        expires: await askExpiry(io, end),
      };
    case '3':
      return newCertificate(io, name, clientId, file);
    case '4':
      return { kind: 'delegated' };
    default:
      throw new Error('One of 1, 2, 3 and 4. Nothing was written.');
  }
}

async function askExpiry(io: CommandIo, known: string | undefined): Promise<string | undefined> {
  const day = known ?? (await ask(io, 'Day on which it ends, as Entra shows it (2027-01-31), or nothing'));
  if (day !== '' && !DAY.test(day)) throw new Error(`"${day}" is no day like 2027-01-31. Nothing was written.`);
  return day === '' ? undefined : day;
}

/** A key that never leaves this machine, and its certificate for the app registration. */
function newCertificate(io: CommandIo, name: string, clientId: string, file: string): CredentialAnswer {
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
  writeAtomically(keyFile, pair.key);
  writeAtomically(certificateFile, pair.certificate);
  const { fingerprint, validTo } = new X509Certificate(pair.certificate);
  io.stdout.write(
    [
      `Made the private key ${keyFile} and the certificate ${certificateFile}.`,
      `Upload the certificate: Entra admin center, App registrations, app ${clientId}, ` +
        'Certificates & secrets, Certificates, Upload certificate.',
      `Entra then shows the thumbprint ${fingerprint.replaceAll(':', '')}. ` +
        `It is good until ${new Date(validTo).toISOString().slice(0, 10)}.`,
      '',
    ].join('\n'),
  );
  const from = (path: string): string => relative(dirname(file), path).replaceAll('\\', '/');
  return { kind: 'certificate', pem: from(certificateFile), key: from(keyFile) };
}

async function askCallers(io: CommandIo): Promise<string[]> {
  io.stderr.write('\nThe user names of the workflows (e-mail addresses), one a line; an empty line ends.\n');
  const names: string[] = [];
  for (;;) {
    const name = await ask(io, names.length === 0 ? 'User name' : 'Another one');
    if (name === '' && names.length > 0) return names;
    if (ADDRESS.test(name)) names.push(name);
    else io.stderr.write('The address of a mailbox, like invoices@contoso.com.\n');
  }
}

/** @returns the hash, undefined where the password is to be taken over from the workflow */
async function askPassword(io: CommandIo, username: string): Promise<string | undefined> {
  const password = await askHidden(
    io,
    `Password that the workflow sends for ${username} (nothing, if nobody knows it)`,
  );
  if (password === '') return undefined;
  if (questionMarksForm(password) !== undefined) io.stderr.write(`${BEYOND_ASCII}\n`);
  return hashPassword(password, io.hashing?.cost);
}

async function valid(io: CommandIo, given: string, question: string, pattern: RegExp, form: string): Promise<string> {
  if (given !== '') {
    if (!pattern.test(given)) throw new UsageError(`"${given}" does not look right: ${question} is ${form}.`);
    return given;
  }
  for (;;) {
    const answer = await ask(io, question);
    if (pattern.test(answer)) return answer;
    io.stderr.write(`It is ${form}.\n`);
  }
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
  const lines = [
    ...(credential.kind === 'delegated'
      ? callers.map(({ username }) => `Sign the mailbox in:  ews-gateway sign-in ${username}`)
      : []),
    ...callers
      .filter(({ hash }) => hash === undefined)
      .map(
        ({ username }) =>
          `Take over the workflow's password, once the gateway runs:  ews-gateway enrol ${username} --for 15m`,
      ),
    `Start the gateway:  ews-gateway start${file === DEFAULT_FILE ? '' : ` --config ${file}`}`,
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
}
