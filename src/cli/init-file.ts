/** The text of a configuration file, with comments for whoever opens it next. */
import { stringify } from 'yaml';
import { PERSONAL_TENANT } from '../config/types.ts';
import { quoteForShell } from '../diagnosis/shell-quote.ts';
import { ewsEndText } from '../ews-end.ts';

export type CredentialAnswer =
  | { readonly kind: 'delegated' }
  | {
      readonly kind: 'secret';
      readonly reference: { readonly env: string } | { readonly file: string };
      readonly expires: string | undefined;
    }
  | { readonly kind: 'certificate'; readonly pem?: string; readonly key?: string; readonly pfx?: string };

export interface CallerAnswer {
  readonly username: string;
  /** Undefined: the user name is its address. */
  readonly mailbox: string | undefined;
  /** Undefined: to be enrolled. */
  readonly hash: string | undefined;
}

export interface Answers {
  readonly name: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly cloud: string;
  /** Whether a 403 of Exchange without a reason is enough for Graph to take over. */
  readonly graphOnAccessDenied: boolean;
  readonly credential: CredentialAnswer;
  readonly callers: readonly CallerAnswer[];
  /** Default: as the gateway decides it. */
  readonly stateFile?: string | undefined;
}

export function configurationText(answers: Answers): string {
  const { name, tenantId, clientId, cloud, graphOnAccessDenied, credential, callers, stateFile } = answers;
  return [
    '# yaml-language-server: $schema=./gateway.schema.json',
    '# Made by ews-gateway init. Every setting is described in docs/configuration.md.',
    '# A change takes effect at once; a mistake leaves the old configuration in force and is logged.',
    'version: 1',
    '',
    '# Where programs connect. The default is this machine only; ews-gateway certs makes a certificate',
    '# for others.',
    'listen:',
    '  - http://127.0.0.1:8025',
    '# - { url: "https://0.0.0.0:8443", certificate: ../certs/gateway.crt, key: ../certs/gateway.key }',
    '',
    'registrations:',
    '  # The app registration in Entra ID.',
    `  ${name}:`,
    `    tenantId: ${scalar(tenantId)}`,
    `    clientId: ${scalar(clientId)}`,
    ...(cloud === 'global' ? [] : [`    cloud: ${cloud}`]),
    ...(tenantId === PERSONAL_TENANT
      ? ['    # Personal accounts have no EWS: docs/sign-in.md', '    backend: graph']
      : [
          `    # EWS as long as Exchange serves it, at most until ${ewsEndText()}, then Microsoft Graph: docs/graph.md`,
          '    backend: auto',
        ]),
    ...(graphOnAccessDenied
      ? ['    graphOnAccessDenied: true    # also where Exchange refuses EWS without a reason']
      : []),
    ...credentialLines(credential),
    '',
    '# One entry for each user name that a program sends. Its mailbox is the user name, unless mailbox',
    '# says another one.',
    'callers:',
    ...callers.flatMap(callerLines),
    '',
    '# The status page, for the administrator on this machine.',
    'admin: { url: "http://127.0.0.1:8026" }',
    '',
    ...(stateFile === undefined
      ? []
      : [
          '# What the service writes: enrolled passwords, added callers and sign-ins.',
          `stateFile: ${scalar(stateFile)}`,
          '',
        ]),
  ].join('\n');
}

function credentialLines(credential: CredentialAnswer): string[] {
  switch (credential.kind) {
    case 'delegated':
      return ['    # Each mailbox signs in once: ews-gateway sign-in MAILBOX', '    flow: delegated'];
    case 'secret': {
      const [[kind, value] = []] = Object.entries(credential.reference);
      return [
        '    credential:',
        `      secret: { ${kind}: ${scalar(String(value))} }`,
        credential.expires === undefined
          ? '      # expires: "2027-01-31"    # as Entra shows it; the gateway warns before'
          : `      expires: "${credential.expires}"`,
        '      # nextSecret: { … }        # used once the first is refused',
      ];
    }
    case 'certificate': {
      const { pem, key, pfx } = credential;
      const files = Object.entries({ pem, key, pfx }).flatMap(([kind, path]) =>
        path === undefined ? [] : [`${kind}: ${scalar(path)}`],
      );
      return ['    credential:', `      certificate: { ${files.join(', ')} }`];
    }
  }
}

function callerLines({ username, mailbox, hash }: CallerAnswer): string[] {
  return [
    `  - username: ${scalar(username)}`,
    ...(mailbox === undefined ? [] : [`    mailbox: ${scalar(mailbox)}`]),
    ...(hash === undefined
      ? [
          '    # No password yet. To enrol the one that the program sends:',
          `    #   ews-gateway enrol ${quoteForShell(username)} --for 15m`,
        ]
      : [`    password: { hash: "${hash}" }`]),
    '    # from: [127.0.0.1]          # addresses it may come from',
  ];
}

/** Quoted where YAML would read it as something else. */
function scalar(text: string): string {
  return stringify(text).trimEnd();
}
