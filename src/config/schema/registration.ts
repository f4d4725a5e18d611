/** App registrations and what proves them to Entra. */
import { Type } from 'typebox';
import { closed, defaulted, SecretReference } from './parts.ts';

const GUID = '[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}';

export const Certificate = Type.Object(
  {
    pem: Type.Optional(
      Type.String({ minLength: 1, description: 'PEM file with the certificate, its chain if any, and maybe the key.' }),
    ),
    key: Type.Optional(
      Type.String({ minLength: 1, description: 'PEM file with the private key, if it is not in the first file.' }),
    ),
    pfx: Type.Optional(Type.String({ minLength: 1, description: 'PKCS #12 file with certificate and key.' })),
    passphrase: Type.Optional(SecretReference),
    sendX5c: defaulted(
      Type.Boolean({
        default: false,
        description: 'Send the certificate chain too, for registrations that trust by subject name and issuer.',
      }),
    ),
  },
  { ...closed, description: 'A certificate uploaded to the app registration: pem (and key) or pfx.' },
);

const Credential = Type.Object(
  {
    secret: Type.Optional(SecretReference),
    nextSecret: Type.Optional(SecretReference),
    expires: Type.Optional(
      Type.String({
        pattern: '^\\d{4}-\\d{2}-\\d{2}$',
        description:
          'Day on which the secret ends, as Entra shows it (2027-01-31): it is warned about 30, 14, ' +
          '7 and 1 days ahead.',
      }),
    ),
    certificate: Type.Optional(Certificate),
  },
  {
    ...closed,
    description:
      'How the gateway proves to Entra that it is this app: secret (and nextSecret, which is used ' +
      'where the first is refused) or certificate.',
  },
);

function capability(description: string): ReturnType<typeof Type.Optional<ReturnType<typeof Type.Boolean>>> {
  return Type.Optional(Type.Boolean({ description }));
}

const GraphSection = Type.Object(
  {
    hardDelete: defaulted(
      Type.Enum(['recoverable', 'refuse'], {
        default: 'recoverable',
        description:
          'DeleteItem with HardDelete where the cloud has no permanent deletion: move the message to the recoverable ' +
          'items, or refuse it.',
      }),
    ),
    waitForScan: defaulted(
      Type.Boolean({
        default: false,
        description:
          'Keep messages out of FindItem, SyncFolderItems and notifications while Safe Attachments still shows its ' +
          'placeholder, so that a fast importer loses no document.',
      }),
    ),
    prefetch: defaulted(
      Type.Boolean({
        default: true,
        description:
          'Fetch what a program is likely to ask for next, as the further attachments of a message, while Graph ' +
          'would take more calls: used within 5 seconds, and never after a change.',
      }),
    ),
    pollSeconds: defaulted(
      Type.Integer({
        minimum: 1,
        maximum: 300,
        default: 15,
        description: 'How often a folder is looked at for notifications that are streamed or pushed, once for all.',
      }),
    ),
    pushTo: defaulted(
      Type.Array(Type.String({ pattern: '^(?:https?://)?[A-Za-z0-9.-]+(?::\\d{1,5})?$' }), {
        maxItems: 100,
        default: [],
        description:
          'Hosts to which notifications may be pushed for programs that ask for it (PushSubscriptionRequest): ' +
          'listener.contoso.com or listener.contoso.com:8443 over TLS, http://listener.contoso.com without. The ' +
          'gateway connects to them directly; a name must not resolve to an address of the gateway itself or its link.',
      }),
    ),
    capabilities: defaulted(
      Type.Object(
        {
          permanentDelete: capability('messages can be deleted for good'),
          uploadSessions: capability('large attachments can be uploaded in pieces'),
          delta: capability('changes can be asked for'),
          hiddenFolders: capability('hidden folders are known'),
          flag: capability('messages have a follow-up flag'),
          internetMessageHeaders: capability('internet headers are given'),
          conversationIndex: capability('conversation indexes are given'),
          folderExtendedProperties: capability('extended properties of folders are given'),
          selectContentId: capability('contentId may be selected in a list of attachments'),
          deletedMessagesRecoverable: capability('DELETE leaves messages in the recoverable items'),
          deletedFoldersRecoverable: capability('DELETE leaves folders in the recoverable items'),
          receivedExtendedProperties: capability('extended properties of received mail can be set'),
          removableProperties: capability('extended properties go when they are set to null'),
          receiptsCanBeWithdrawn: capability('the request for a read receipt can be taken back'),
          queriesByCreation: capability('lists can be filtered and sorted by the date of creation'),
          directory: capability('other people and groups can be looked up'),
          schedules: capability('free and busy times can be asked for'),
        },
        {
          ...closed,
          default: {},
          description:
            'What Microsoft Graph can do in this tenant, where that differs from what is known of its cloud.',
        },
      ),
    ),
  },
  { ...closed, default: {}, description: 'How requests are answered through Microsoft Graph.' },
);

export const Registration = Type.Object(
  {
    tenantId: Type.String({
      pattern: `^(?:${GUID}|[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)+|organizations|consumers)$`,
      description:
        'Directory (tenant) ID of the app registration, a GUID, or a verified domain of the tenant; ' +
        'organizations with flow: delegated; consumers (personal accounts) with that and backend: graph.',
    }),
    clientId: Type.String({
      pattern: `^${GUID}$`,
      description: 'Application (client) ID, a GUID.',
    }),
    credential: Type.Optional(Credential),
    flow: defaulted(
      Type.Enum(['application', 'delegated'], {
        default: 'application',
        description:
          "application: the app's own right to mailboxes. delegated: each mailbox is signed in once with " +
          'ews-gateway sign-in, and its own rights count.',
      }),
    ),
    cloud: defaulted(
      Type.Enum(['global', 'gcchigh', 'dod', 'china', 'custom'], {
        default: 'global',
        description: 'Where the tenant lives. GCC (moderate) is global. custom needs endpoints.',
      }),
    ),
    endpoints: Type.Optional(
      Type.Object(
        {
          login: Type.Optional(Type.String({ description: 'Origin of the token service, https://host[:port].' })),
          ews: Type.Optional(Type.String({ description: 'Full address of the EWS endpoint.' })),
          graph: Type.Optional(
            Type.String({
              description:
                'Origin of Microsoft Graph, https://host[:port]; ews-gateway check looks for its permissions.',
            }),
          ),
          uploads: Type.Optional(
            Type.String({
              description:
                'Origin of the upload sessions for attachments above 3 MB, https://host[:port]. Graph names it in ' +
                'each answer; ews-gateway check looks whether it can be reached.',
            }),
          ),
          scope: Type.Optional(
            Type.String({ description: 'Scope of the token; default: origin of ews, followed by /.default.' }),
          ),
        },
        { ...closed, description: 'Overrides single addresses of the cloud.' },
      ),
    ),
    backend: defaulted(
      Type.Enum(['ews', 'graph', 'auto'], {
        default: 'ews',
        description:
          'What answers the requests: Exchange Web Services, Microsoft Graph in its place, or auto: for each mailbox ' +
          'EWS as long as Exchange serves it, then Graph.',
      }),
    ),
    graphOnAccessDenied: defaulted(
      Type.Boolean({
        default: false,
        description:
          'With backend: auto, whether Graph also takes over a mailbox that Exchange refuses EWS without a reason ' +
          '(403), as it does for licences without EWS (Kiosk, F1, F3) and for access policies.',
      }),
    ),
    shadow: Type.Optional(
      Type.Enum(['graph'], {
        description:
          'Put requests that only read, and that EWS has answered, to Graph as well, in the background, and count by ' +
          'operation and property how the answers differ. Programs notice nothing of it.',
      }),
    ),
    graph: defaulted(GraphSection),
    userAgent: Type.Optional(
      Type.String({ minLength: 1, description: "User-Agent to send upstream instead of the client's own." }),
    ),
    connectingSid: defaulted(
      Type.Enum(['auto', 'SmtpAddress', 'PrimarySmtpAddress', 'PrincipalName'], {
        default: 'auto',
        description: 'How the mailbox is named in ExchangeImpersonation. auto follows RequestServerVersion.',
      }),
    ),
  },
  { ...closed, description: 'An Entra app registration.' },
);
