/**
 * Who has to do what about a failure: the side it is on, and the steps that mend it.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-control-access-to-ews-in-exchange
 * @see https://learn.microsoft.com/powershell/module/exchangepowershell/set-organizationconfig
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode
 */
import { ewsEndText } from '../ews-end.ts';

/** Whose fault it is, in words that fit behind "at fault:". */
export type Side =
  | 'the workflow'
  | "the gateway's configuration"
  | 'Entra'
  | 'the Exchange tenant'
  | 'Exchange Online, for now'
  | 'the network';

export interface Explanation {
  readonly side: Side;
  /** What to do, one step a line; lines of commands are indented by two. */
  readonly remedy: readonly string[];
}

export interface Subject {
  readonly username: string;
  readonly mailbox: string;
  readonly clientId: string;
  readonly registration: string;
}

const EWS_END = `On ${ewsEndText()} Microsoft ends EWS in Exchange Online for everybody; see docs/migration.md.`;

/**
 * PowerShell that adds an app to EwsAllowedAppIDs. Each write replaces the whole list, so it is read
 * first: a plain write would cut off the tenant's other apps.
 */
export function allowAppSnippet(clientId: string): string[] {
  return [
    `  $id  = "${clientId}"`,
    '  $now = (Get-OrganizationConfig -RetrieveEwsOperationAccessPolicy).EwsAllowedAppIDs',
    '  $ids = @("$now" -split "," | ForEach-Object { $_.Trim() } | Where-Object { $_ }) + $id | Select-Object -Unique',
    '  Set-OrganizationConfig -EwsEnabled $true -EwsAllowedAppIDs ($ids -join ",")',
  ];
}

const EXPLANATIONS: Readonly<Record<string, (subject: Subject) => Explanation>> = {
  // Credentials
  'unknown-user': ({ username }) => ({
    side: "the gateway's configuration",
    remedy: [`Add a caller with username: ${username} to the configuration, or correct the user name in the workflow.`],
  }),
  'wrong-password': ({ username }) => ({
    side: 'the workflow',
    remedy: [
      'Correct the password in the workflow, or give the gateway the hash of the one it sends (ews-gateway hash-password).',
      `Nobody knows it? Take it over from the workflow: ews-gateway enrol ${username} --for 15m --replace`,
    ],
  }),
  'no-password-yet': ({ username }) => ({
    side: "the gateway's configuration",
    remedy: [
      `Take the workflow's password over: ews-gateway enrol ${username} --for 15m, then let the workflow run. Or add password: { hash: … }.`,
    ],
  }),
  'source-address': ({ username }) => ({
    side: "the gateway's configuration",
    remedy: [`Add the address of the workflow's machine to 'from' of caller ${username}.`],
  }),
  'locked': ({ username }) => ({
    side: 'the workflow',
    remedy: [
      'Correct the password in the workflow.',
      `The lock ends by itself; at once with: ews-gateway unlock ${username}`,
    ],
  }),
  'VERIFICATION_OVERLOADED': () => ({
    side: 'the network',
    remedy: [
      'Somebody sends wrong passwords in numbers: the log says from where. Keep that address away from the gateway.',
    ],
  }),
  // The caller's rights
  'OPERATION_DENIED': ({ username }) => ({
    side: "the gateway's configuration",
    remedy: [
      `Add what is missing to 'operations' of caller ${username}, if the workflow should have it (docs/operations.md).`,
    ],
  }),
  'IMPERSONATION_DENIED': ({ username }) => ({
    side: "the gateway's configuration",
    remedy: [`Add the mailbox to 'mayImpersonate' of caller ${username}, if the workflow should open it.`],
  }),
  'MAILBOX_DENIED': ({ username }) => ({
    side: "the gateway's configuration",
    remedy: [`Add the mailbox to 'mayImpersonate' of caller ${username}, if the workflow should open it.`],
  }),
  // Tokens
  'TOKEN_REFUSED': () => ({
    side: 'Entra',
    remedy: [
      'The sentence above names the setting of the app registration.',
      'ews-gateway check looks at the whole of it.',
    ],
  }),
  'TOKEN_UNAVAILABLE': () => ({
    side: 'the network',
    remedy: [
      'ews-gateway check tells whether DNS, the proxy or TLS is in the way. If Entra has a problem, the gateway tries again by itself.',
    ],
  }),
  'TOKEN_REJECTED_UPSTREAM': ({ clientId }) => ({
    side: 'Entra',
    remedy: [
      `API permissions of app ${clientId}: full_access_as_app (Office 365 Exchange Online, application) with admin consent.`,
      'ews-gateway check shows the roles in the token.',
    ],
  }),
  // Exchange
  'EWS_DISABLED': ({ clientId, mailbox }) => ({
    side: 'the Exchange tenant',
    remedy: [
      'In Exchange Online PowerShell, allow EWS for this app beside those that are allowed already:',
      ...allowAppSnippet(clientId),
      'and look whether EWS is switched off for the mailbox itself:',
      `  Get-CASMailbox ${mailbox} | Format-List EwsEnabled`,
      'A change can take 24 hours.',
      EWS_END,
    ],
  }),
  'EWS_BLOCKED_BY_POLICY': ({ clientId, registration }) => ({
    side: 'the Exchange tenant',
    remedy: [
      'In Exchange Online PowerShell, add this app to those that are allowed:',
      ...allowAppSnippet(clientId),
      'A change can take 24 hours.',
      'If it is listed already, the User-Agent is not allowed:',
      '  Get-OrganizationConfig | Format-List EwsApplicationAccessPolicy, EwsAllowList, EwsBlockList',
      `Add the workflow's User-Agent to EwsAllowList, or set userAgent of registration '${registration}'.`,
      EWS_END,
    ],
  }),
  'UPSTREAM_FORBIDDEN': ({ clientId, mailbox }) => ({
    side: 'the Exchange tenant',
    remedy: [
      'See whether the mailbox is within the scope of the app, in Exchange Online PowerShell:',
      `  Test-ApplicationAccessPolicy -AppId ${clientId} -Identity ${mailbox}`,
      `  Test-ServicePrincipalAuthorization -Identity ${clientId} -Resource ${mailbox}`,
      'and whether its licence has EWS: Kiosk, F1 and F3 have none since October 2026.',
    ],
  }),
  'UPSTREAM_BUSY': () => ({
    side: 'Exchange Online, for now',
    remedy: [
      'Exchange throttles: wait, then try again. If it stays, let workflows on the same mailbox run less often (throttling in the configuration).',
    ],
  }),
  'UPSTREAM_UNREACHABLE': () => ({
    side: 'the network',
    remedy: ['ews-gateway check tells whether DNS, the proxy or TLS is in the way.'],
  }),
  'UPSTREAM_TIMEOUT': () => ({
    side: 'Exchange Online, for now',
    remedy: ['Try again. If it stays, see https://status.cloud.microsoft and limits.responseSeconds.'],
  }),
  'UPSTREAM_CUT': () => ({
    side: 'the network',
    remedy: ['Try again. If it stays, a firewall or proxy cuts connections to Exchange.'],
  }),
  'UPSTREAM_UNEXPECTED': ({ registration }) => ({
    side: "the gateway's configuration",
    remedy: [
      `Check 'cloud' and 'endpoints.ews' of registration '${registration}', and whether a proxy or portal answers in Exchange's place.`,
    ],
  }),
  // Exchange's own response codes
  'ErrorNonExistentMailbox': ({ mailbox }) => ({
    side: "the gateway's configuration",
    remedy: [
      `There is no mailbox ${mailbox}: check its spelling ('username' or 'mailbox' of the caller), and in Exchange Online PowerShell:`,
      `  Get-Mailbox ${mailbox} | Format-List PrimarySmtpAddress, EmailAddresses`,
    ],
  }),
  'ErrorImpersonateUserDenied': ({ clientId, mailbox }) => ({
    side: 'the Exchange tenant',
    remedy: [
      `App ${clientId} may not open ${mailbox}. See whether the mailbox is within its scope:`,
      `  Test-ServicePrincipalAuthorization -Identity ${clientId} -Resource ${mailbox}`,
      'For a single mailbox among many it has been seen to pass within an hour.',
    ],
  }),
  'ErrorAccessDenied': ({ mailbox }) => ({
    side: 'the Exchange tenant',
    remedy: [`Exchange refuses the Inbox of ${mailbox}: see the scope of the app and the permissions of the folder.`],
  }),
  'ErrorNonPrimarySmtpAddress': ({ username }) => ({
    side: "the gateway's configuration",
    remedy: [`Put the mailbox's primary address into 'mailbox' of caller ${username}.`],
  }),
  'ErrorInvalidExchangeImpersonationHeaderData': ({ registration }) => ({
    side: "the gateway's configuration",
    remedy: [
      `Check 'flow' and 'connectingSid' of registration '${registration}': a token of the app's own goes with impersonation, one of a signed-in mailbox without.`,
    ],
  }),
  'ErrorServerBusy': () => ({
    side: 'Exchange Online, for now',
    remedy: ['Exchange throttles: wait, then try again.'],
  }),
  'ErrorMailboxStoreUnavailable': () => ({
    side: 'Exchange Online, for now',
    remedy: ['The mailbox is being moved, or its server has a problem: try again later.'],
  }),
  'ErrorOrganizationAccessBlocked': () => ({
    side: 'the Exchange tenant',
    remedy: ['Exchange has closed the tenant. Microsoft support knows why.'],
  }),
};

/** @param code a GatewayErrorCode, a refusal of credentials, or a response code of Exchange */
export function explain(code: string, subject: Subject): Explanation | undefined {
  return Object.hasOwn(EXPLANATIONS, code) ? EXPLANATIONS[code]?.(subject) : undefined;
}
