/** The values of one script: everything else in it is fixed text. */
import { configurationText, type Answers } from '../init-file.ts';
import { quoted, quotedList } from './powershell.ts';

export interface TenantScriptOptions {
  /** Display name of the app registration, and prefix of what is made in Exchange. */
  readonly name: string;
  readonly cloud: 'global' | 'gcchigh' | 'dod' | 'china';
  /** Which mailboxes the app may open; undefined: all of them. */
  readonly scope:
    | { readonly kind: 'group'; readonly group: string }
    | { readonly kind: 'mailboxes'; readonly mailboxes: readonly string[] }
    | undefined;
  /** Permission for EWS, and EWS itself let through. */
  readonly ews: boolean;
  /** Permission for Microsoft Graph. */
  readonly graph: boolean;
  /** Beside it, permission to send mail through Graph; EWS has both in one. */
  readonly send: boolean;
  /** The certificate that the app signs in with, DER; undefined: a client secret. */
  readonly certificate: Uint8Array | undefined;
}

/**
 * Names of the national clouds in Connect-MgGraph and Connect-ExchangeOnline.
 *
 * @see https://learn.microsoft.com/powershell/microsoftgraph/authentication-commands
 * @see https://learn.microsoft.com/powershell/module/exchangepowershell/connect-exchangeonline
 */
const ENVIRONMENTS = {
  global: { graph: 'Global', exchange: 'O365Default' },
  gcchigh: { graph: 'USGov', exchange: 'O365USGovGCCHigh' },
  dod: { graph: 'USGovDoD', exchange: 'O365USGovDoD' },
  china: { graph: 'China', exchange: 'O365China' },
} as const;

/** What the script puts the tenant's ids and the secret's end date in place of. */
export const PLACEHOLDERS = {
  tenantId: '11111111-1111-1111-1111-111111111111',
  clientId: '22222222-2222-2222-2222-222222222222',
  expires: '3333-03-03',
} as const;

/**
 * Application permissions, by the app that offers them. The ids are the same in every tenant; the script
 * looks each up in the tenant and stops if it means something else there.
 *
 * @see https://learn.microsoft.com/graph/permissions-reference
 * @see {@link https://learn.microsoft.com/exchange/client-developer/exchange-web-services/} "Authenticate an EWS
 * application by using OAuth"
 */
export const PERMISSIONS = {
  ews: {
    resource: '00000002-0000-0ff1-ce00-000000000000',
    id: 'dc890d15-9560-4a4c-9b7f-a736ec74ec40',
    value: 'full_access_as_app',
  },
  graph: {
    resource: '00000003-0000-0000-c000-000000000000',
    id: 'e2a3a72e-5f79-4c64-b1b1-878b674786c9',
    value: 'Mail.ReadWrite',
  },
  send: {
    resource: '00000003-0000-0000-c000-000000000000',
    id: 'b633e1c5-b582-4048-a93e-9f11b44c7e96',
    value: 'Mail.Send',
  },
} as const;

type Permission = keyof typeof PERMISSIONS;

/**
 * Their counterparts in RBAC for Applications.
 *
 * @see https://learn.microsoft.com/exchange/permissions-exo/application-rbac
 */
const ROLES: Readonly<Record<Permission, string>> = {
  ews: 'Application EWS.AccessAsApp',
  graph: 'Application Mail.ReadWrite',
  send: 'Application Mail.Send',
};

/** The script's first lines of code: every value that comes from outside, quoted, and nothing else. */
export function values(options: TenantScriptOptions): string {
  const { name, cloud, scope, ews, certificate } = options;
  const wanted = (Object.keys(PERMISSIONS) as Permission[]).filter((permission) => options[permission]);
  return [
    `$name = ${quoted(name)}`,
    `$graphEnvironment = ${quoted(ENVIRONMENTS[cloud].graph)}`,
    `$exchangeEnvironment = ${quoted(ENVIRONMENTS[cloud].exchange)}`,
    `$scoped = $${scope !== undefined}`,
    `$group = ${quoted(scope?.kind === 'group' ? scope.group : '')}`,
    `$mailboxes = ${quotedList(scope?.kind === 'mailboxes' ? scope.mailboxes : [])}`,
    `$ews = $${ews}`,
    '# Application permissions of the two services: app that offers it, id, name.',
    `$permissions = @(\n${Object.entries(PERMISSIONS)
      .map(([permission, { resource, id, value }]) => {
        const isGranted = scope === undefined && wanted.some((one) => one === permission);
        return [
          '  @{',
          `    Resource = '${resource}'`,
          `    Id = '${id}'`,
          `    Value = '${value}'`,
          `    Wanted = $${isGranted}`,
          '  }',
        ].join('\n');
      })
      .join('\n')}\n)`,
    '# Roles of RBAC for Applications, instead of them where the mailboxes are limited.',
    `$roles = ${quotedList(scope === undefined ? [] : wanted.map((permission) => ROLES[permission]))}`,
    "# The certificate's public part, base64; empty: a client secret is made.",
    `$certificate = ${quoted(certificate === undefined ? '' : Buffer.from(certificate).toString('base64'))}`,
    `$yaml = ${quotedList(configuration(options))}`,
  ].join('\n');
}

/** The lines of gateway.yaml, with placeholders for what the tenant gives. */
export function configuration({ cloud, scope, certificate }: TenantScriptOptions): string[] {
  const answers: Answers = {
    name: 'microsoft365',
    tenantId: PLACEHOLDERS.tenantId,
    clientId: PLACEHOLDERS.clientId,
    cloud,
    graphOnAccessDenied: false,
    credential:
      certificate === undefined
        ? { kind: 'secret', reference: { file: 'client-secret.txt' }, expires: PLACEHOLDERS.expires }
        : { kind: 'certificate', pem: '../certs/app.crt', key: '../certs/app.key' },
    callers: (scope?.kind === 'mailboxes' ? scope.mailboxes : ['invoices@contoso.com']).map((username) => ({
      username,
      mailbox: undefined,
      hash: undefined,
    })),
  };
  // The comments are for a file that is to be edited; here they would hide what matters.
  return configurationText(answers)
    .split('\n')
    .filter((line) => !/^\s*(?:#|$)/.test(line));
}
