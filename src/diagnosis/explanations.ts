/**
 * Who has to do what about a failure: the side it is on, and the steps that solve it.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-control-access-to-ews-in-exchange
 * @see https://learn.microsoft.com/powershell/module/exchangepowershell/set-organizationconfig
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode
 */
import type { BackendName, RegistrationConfig } from '../config/types.ts';
import { ewsEndText } from '../ews-end.ts';
import { quoteForShell } from './shell-quote.ts';

/** Whose fault it is, in words that fit behind "at fault:". */
export type Side = (typeof SIDES)[keyof typeof SIDES];

export interface Explanation {
  readonly side: Side;
  /** What to do, one step a line; lines of commands are indented by two. */
  readonly remedy: readonly string[];
}

/** Whose request failed: what explanations name. */
export interface AffectedCaller {
  readonly username: string;
  readonly mailbox: string;
  readonly clientId: string;
  readonly registration: string;
  /** What answers the caller; default: ews. */
  readonly backend?: BackendName;
  /** How its token is obtained; default: application. */
  readonly flow?: RegistrationConfig['flow'];
}

const SIDES = {
  program: 'the program',
  config: "the gateway's configuration",
  entra: 'Entra',
  tenant: 'the Exchange tenant',
  exchange: 'Exchange Online, for now',
  network: 'the network',
  machine: "the gateway's machine",
} as const;

const CHECK = '  ews-gateway check';
const EWS_END = `On ${ewsEndText()} Microsoft ends EWS in Exchange Online for everybody; see docs/migration.md.`;
const DELAY = 'A change can take 24 hours.';
const IN_POWERSHELL = 'in Exchange Online PowerShell';

/** Each write of EwsAllowedAppIDs replaces the whole list: it is read first, else other apps lose their access. */
const ALLOW_APP = [
  '  $id  = "{clientId}"',
  '  $now = (Get-OrganizationConfig -RetrieveEwsOperationAccessPolicy).EwsAllowedAppIDs',
  '  $ids = @("$now" -split "," | ForEach-Object { $_.Trim() } | Where-Object { $_ }) + $id | Select-Object -Unique',
  '  Set-OrganizationConfig -EwsEnabled $true -EwsAllowedAppIDs ($ids -join ",")',
] as const;

const ADD_MAILBOX = "Add the mailbox to 'mayImpersonate' of caller {username}, if the program should open it.";

const NOT_EWS =
  'The request is not one that Exchange would read like the gateway does. See docs/programs.md, or ask its maker.';

const GRAPH_RIGHTS = [
  'tenant',
  'Give app {clientId} the application permission Mail.ReadWrite of Microsoft Graph with admin consent,',
  'or the role "Application Mail.ReadWrite" of RBAC for Applications.',
  `If it has that, see whether {mailbox} is within its scope, ${IN_POWERSHELL}:`,
  '  Test-ApplicationAccessPolicy -AppId {clientId} -Identity {mailbox}',
  '  Test-ServicePrincipalAuthorization -Identity {clientId} -Resource {mailbox}',
  'A change can take some hours. docs/graph.md has the steps.',
] as const;

/** Side and remedy by code; {username} and the like stand for the affected caller's values. */
const EXPLANATIONS: Readonly<Record<string, readonly [keyof typeof SIDES, ...remedy: readonly string[]]>> = {
  'OPERATION_UNSUPPORTED': [
    'config',
    'The operation is not served through Microsoft Graph (docs/graph-coverage.md).',
    `Until EWS ends on ${ewsEndText()}, the caller can stay with it: backend: ews for caller {username}.`,
  ],
  // Mostly denied access; else the text says what it is.
  'GRAPH_REFUSED': GRAPH_RIGHTS,
  // Credentials
  'unknown-user': [
    'config',
    'Correct the user name in the program, or add a caller to the configuration:',
    '  - username: {username}',
  ],
  'wrong-password': [
    'program',
    'Correct the password in the program, or give the gateway the hash of the one it sends:',
    '  ews-gateway hash-password',
    'If nobody knows the password, let the gateway learn it from the program:',
    '  ews-gateway enrol {username} --for 15m --replace',
  ],
  'question-marks': [
    'program',
    'The program sends a ? for each letter beyond ASCII. Give it a password of ASCII letters, and the gateway ' +
      'its hash:',
    '  ews-gateway hash-password',
    'Programs on Apache HttpClient 4 can often be told to write credentials as UTF-8 instead.',
  ],
  'no-password-yet': [
    'config',
    'Let the gateway learn the password, then run the program:',
    '  ews-gateway enrol {username} --for 15m',
    'or make a hash of it for the configuration:',
    '  ews-gateway hash-password',
  ],
  'source-address': ['config', "Add the address of the program's machine to 'from' of caller {username}."],
  'locked': [
    'program',
    'Correct the password in the program. The lock ends by itself, or at once with:',
    '  ews-gateway unlock {username}',
  ],
  'VERIFICATION_OVERLOADED': [
    'network',
    'Somebody sends many wrong passwords. The log says from where: keep that address away from the gateway.',
  ],
  // What the gateway lacks at the moment
  'AUDIT_UNAVAILABLE': [
    'machine',
    "The audit log cannot be written (audit.file), and 'audit.required' lets no request through without it.",
    'See the log for the reason: most often a full disk, or a folder that the account may not write to.',
  ],
  'SPOOL_FULL': [
    'machine',
    'Large contents of requests fill the space that the gateway has for them: try again later.',
    'If it stays, let fewer programs send large messages at the same time, or see which one sends them.',
  ],
  'CONFIG_INVALID': ['config', 'Correct what the message names. To see all problems:', CHECK],
  'CONFIGURATION_CHANGED': [
    'config',
    'The configuration was changed while the request ran: the program connects again by itself.',
  ],
  'GATEWAY_STOPPING': ['machine', 'The gateway was stopped or restarted: the program connects again by itself.'],
  'STREAMS_EXHAUSTED': [
    'program',
    'The program has too many connections open that wait for notifications: it should close the old ones.',
    "If it needs them, raise 'limits.streamsPerCaller'.",
  ],
  'INTERNAL': [
    'machine',
    'This is a mistake in the gateway. Its log has the details under the request id: report them.',
  ],
  // The program's requests
  'CLIENT_TOO_SLOW': [
    'program',
    'The program sent or read too slowly, or its machine went to sleep.',
    "If its network is slow, raise 'limits.requestSeconds' or 'limits.clientIdleSeconds'.",
  ],
  'CLIENT_PIPELINES': [
    'program',
    'The program sends requests on one connection without waiting for their answers.',
    'Switch off HTTP pipelining in the program.',
  ],
  'CLIENT_GONE': ['program', 'The program ended the request, mostly by its own timeout: raise that in the program.'],
  'REQUEST_CONTENT_TYPE': [
    'program',
    'The program does not send EWS SOAP to this address: check the address that it uses, /ews/exchange.asmx.',
  ],
  'REQUEST_CONTENT_ENCODING': ['program', 'Switch the compression of requests off in the program.'],
  'REQUEST_TOO_LARGE': ['program', 'Let the program send smaller messages, or fewer items in one request.'],
  'REQUEST_UNDECIDABLE': ['program', NOT_EWS],
  'ENVELOPE_MALFORMED': ['program', NOT_EWS],
  'SCHEMA_VIOLATION': [
    'program',
    'The request does not follow the schema of EWS, as the message says, and Exchange would refuse it too: ask the ' +
      'maker of the program.',
  ],
  'ENVELOPE_DOCTYPE': ['program', NOT_EWS],
  'ENVELOPE_ENCODING': ['program', NOT_EWS],
  'ENVELOPE_HEAD_TOO_LARGE': ['program', NOT_EWS],
  'IMPERSONATION_HEADER_INVALID': ['program', 'Correct the mailbox that the program names for impersonation.'],
  'IMPERSONATION_HEADER_REPEATED': ['program', 'Let the program name one mailbox for impersonation, not several.'],
  'SUBSCRIPTION_UNKNOWN': [
    'program',
    'The subscription has expired, or belongs to another caller: the program has to subscribe again.',
  ],
  // The caller's rights
  'OPERATION_DENIED': [
    'config',
    "Add what is missing to 'operations' of caller {username}, if the program should have it (docs/operations.md).",
  ],
  'IMPERSONATION_DENIED': ['config', ADD_MAILBOX],
  'MAILBOX_DENIED': ['config', ADD_MAILBOX],
  // Tokens
  'TOKEN_REFUSED': ['entra', 'Correct the setting that the message names. To check the app registration:', CHECK],
  'TOKEN_UNAVAILABLE': [
    'network',
    'See whether DNS, the proxy or TLS is in the way:',
    CHECK,
    'If Entra has a problem, the gateway tries again by itself.',
  ],
  'TOKEN_REJECTED_UPSTREAM': [
    'entra',
    'Give app {clientId} the permission full_access_as_app (Office 365 Exchange Online, application) with ' +
      'admin consent.',
    'To see the roles in the token:',
    CHECK,
  ],
  // Exchange
  'EWS_DISABLED': [
    'tenant',
    `Allow EWS for this app beside those that are allowed, ${IN_POWERSHELL}:`,
    ...ALLOW_APP,
    'See whether EWS is switched off for the mailbox:',
    '  Get-CASMailbox {mailbox} | Format-List EwsEnabled',
    DELAY,
    EWS_END,
  ],
  'EWS_BLOCKED_BY_POLICY': [
    'tenant',
    `Add this app to those that are allowed, ${IN_POWERSHELL}:`,
    ...ALLOW_APP,
    DELAY,
    'If it is listed already, the User-Agent is not allowed:',
    '  Get-OrganizationConfig | Format-List EwsApplicationAccessPolicy, EwsAllowList, EwsBlockList',
    "Add the program's User-Agent to EwsAllowList, or set userAgent of registration '{registration}'.",
    EWS_END,
  ],
  'UPSTREAM_FORBIDDEN': [
    'tenant',
    `See whether the mailbox is within the scope of the app, ${IN_POWERSHELL}:`,
    '  Test-ApplicationAccessPolicy -AppId {clientId} -Identity {mailbox}',
    '  Test-ServicePrincipalAuthorization -Identity {clientId} -Resource {mailbox}',
    'See also whether its licence has EWS: Kiosk, F1 and F3 have none since October 2026.',
  ],
  'UPSTREAM_BUSY': [
    'exchange',
    'Exchange throttles, or has a passing problem, as the message says: wait, then try again.',
    'If it stays, see https://status.cloud.microsoft, or let programs on the same mailbox run less often ' +
      '(throttling in the configuration).',
  ],
  'UPSTREAM_UNREACHABLE': ['network', 'See whether DNS, the proxy or TLS is in the way:', CHECK],
  'UPSTREAM_TIMEOUT': [
    'exchange',
    'Try again. If it stays, see https://status.cloud.microsoft and limits.responseSeconds.',
  ],
  'UPSTREAM_CUT': ['network', 'Try again. If it stays, a firewall or proxy cuts connections to Exchange.'],
  'UPSTREAM_UNEXPECTED': [
    'config',
    "Check 'cloud' and 'endpoints.ews' of registration '{registration}',",
    "and whether a proxy or portal answers in Exchange's place.",
  ],
  // Exchange's own response codes
  'ErrorNonExistentMailbox': [
    'config',
    "There is no mailbox {mailbox}: check its spelling ('username' or 'mailbox' of the caller).",
    `To find it, ${IN_POWERSHELL}:`,
    '  Get-Mailbox {mailbox} | Format-List PrimarySmtpAddress, EmailAddresses',
  ],
  'ErrorImpersonateUserDenied': [
    'tenant',
    'App {clientId} may not open {mailbox}. See whether the mailbox is within its scope:',
    '  Test-ServicePrincipalAuthorization -Identity {clientId} -Resource {mailbox}',
    'If only one mailbox among many is refused, try again after an hour.',
  ],
  'ErrorAccessDenied': [
    'tenant',
    'Exchange refuses the Inbox of {mailbox}: check the scope of the app and the permissions of the folder.',
  ],
  'ErrorNonPrimarySmtpAddress': ['config', "Put the mailbox's primary address into 'mailbox' of caller {username}."],
  'ErrorInvalidExchangeImpersonationHeaderData': [
    'config',
    "Check 'flow' and 'connectingSid' of registration '{registration}':",
    "a token of the app's own goes with impersonation, one of a signed-in mailbox without.",
  ],
  'ErrorServerBusy': ['exchange', 'Exchange throttles: wait, then try again.'],
  'ErrorMailboxStoreUnavailable': [
    'exchange',
    'The mailbox is being moved, or its server has a problem: try again later.',
  ],
  'ErrorOrganizationAccessBlocked': ['tenant', 'Exchange has closed the tenant. Microsoft support knows why.'],
};

/** Where Microsoft Graph answers and the same code means another thing. */
const EXPLANATIONS_OF_GRAPH: typeof EXPLANATIONS = {
  TOKEN_REJECTED_UPSTREAM: GRAPH_RIGHTS,
  ErrorAccessDenied: GRAPH_RIGHTS,
  UPSTREAM_UNEXPECTED: [
    'config',
    "Check 'cloud' and 'endpoints.graph' of registration '{registration}',",
    "and whether a proxy or portal answers in Microsoft Graph's place.",
  ],
};

/** Where each mailbox has signed in, the app has no right of its own that could be missing. */
const SIGN_IN = [
  'entra',
  'See what the sign-in of {mailbox} covers, and for another mailbox whether it has a right there:',
  CHECK,
  'To consent to what is missing:',
  '  ews-gateway sign-in {mailbox}',
] as const;

const EXPLANATIONS_OF_SIGN_INS: typeof EXPLANATIONS = {
  GRAPH_REFUSED: SIGN_IN,
  TOKEN_REFUSED: SIGN_IN,
  TOKEN_REJECTED_UPSTREAM: SIGN_IN,
  ErrorAccessDenied: SIGN_IN,
};

const PLACE = /\{(username|mailbox|clientId|registration)\}/g;

/** @param code a GatewayErrorCode, a refusal of credentials, or a response code of Exchange */
export function explain(code: string, caller: AffectedCaller): Explanation | undefined {
  const tables = [
    ...(caller.flow === 'delegated' ? [EXPLANATIONS_OF_SIGN_INS] : []),
    ...(caller.backend === 'graph' ? [EXPLANATIONS_OF_GRAPH] : []),
    EXPLANATIONS,
  ];
  const row = tables.find((table) => Object.hasOwn(table, code))?.[code];
  if (row === undefined) return undefined;
  const [side, ...remedy] = row;
  return { side: SIDES[side], remedy: remedy.map((line) => filled(line, caller)) };
}

/** Values in commands are quoted for the shell. */
function filled(line: string, caller: AffectedCaller): string {
  const isCommand = line.startsWith('  ');
  return line.replace(PLACE, (_, name: keyof Omit<AffectedCaller, 'backend' | 'flow'>) =>
    isCommand ? quoteForShell(caller[name]) : caller[name],
  );
}
