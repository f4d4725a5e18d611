/**
 * JAX-WS, as programs in Java use it: wsimport reads WSDL and schemas from the gateway, and a program made of its
 * classes lists the Inbox.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { outputOf } from './output-of.ts';
import type { ClientRun } from './run.ts';

const WSIMPORT = '/usr/bin/wsimport';
/** Its manifest names the other archives that it needs. */
const RUNTIME = '/usr/share/java/jaxws-rt.jar';
const ARCHIVES = [
  RUNTIME,
  ...['jaxws-api', 'jaxb-api', 'javax.activation'].map((name) => `/usr/share/java/${name}.jar`),
];
const MESSAGES = 'http://schemas.microsoft.com/exchange/services/2006/messages';

/** Why it cannot be run here, undefined where it can. */
export function missingForJaxWs(): string | undefined {
  return existsSync(WSIMPORT) && existsSync(RUNTIME) ? undefined : "install Debian's package jaxws";
}

/** @returns how many checks passed: without a Java compiler, whether wsimport makes its classes is the only one */
export async function checkJaxWs({ url, username, sender, password, folder }: ClientRun): Promise<number> {
  const [wsdl, login, sources, classes] = ['exchange.wsdl', 'login', 'sources', 'classes'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  for (const made of [sources, classes]) mkdirSync(made);
  const documents = new URL('Services.wsdl', url).href;
  writeFileSync(wsdl, withService(documents, url));
  // wsimport reads no user name with an @ from this file.
  writeFileSync(login, `${documents.replace('://', `://${sender}:${password}@`).replace('Services.wsdl', '*')}\n`);
  await outputOf(WSIMPORT, ['-Xnocompile', '-quiet', '-Xauthfile', login, '-s', sources, '-d', classes, wsdl]);
  if (spawnSync('javac', ['-version']).status !== 0) return 1;
  const program = join(import.meta.dirname, 'FindInbox.java');
  // They say that elements have a namespace, and no class names them.
  const packages = readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('package-info.java'))
    .map((name) => join(sources, name));
  const options = ['-nowarn', '-d', classes, '-sourcepath', sources, '-cp', ARCHIVES.join(':')];
  await outputOf('javac', [...options, program, ...packages]);
  const output = await outputOf('java', [
    '-cp',
    [classes, ...ARCHIVES].join(':'),
    'FindInbox',
    wsdl,
    url,
    username,
    password,
  ]);
  return 1 + Number(/(\d+) checks passed/.exec(output)?.[1] ?? 0);
}

/** Exchange's WSDL has no service, without which wsimport makes nothing: programs add one of their own. */
function withService(documents: string, url: string): string {
  return (
    '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" ' +
    `xmlns:m="${MESSAGES}" targetNamespace="${MESSAGES}"><import namespace="${MESSAGES}" location="${documents}"/>` +
    '<service name="ExchangeWebService"><port name="ExchangePort" binding="m:ExchangeServiceBinding">' +
    `<soap:address location="${url}"/></port></service></definitions>`
  );
}
