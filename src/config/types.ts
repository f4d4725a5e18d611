/**
 * The configuration the gateway runs on: complete, checked and frozen. Only config/ makes one.
 *
 * Every folder may import this file; it imports none, so that what stands lower needs nothing of
 * how a configuration is read.
 */

export interface Config {
  /** The file it was read from. */
  readonly file: string;
  readonly listeners: readonly ListenerConfig[];
  /** Origin under which clients reach the gateway, where that is not how a request came. */
  readonly publicUrl: string | undefined;
  readonly admin: AdminConfig;
  readonly registrations: ReadonlyMap<string, RegistrationConfig>;
  /** Those of the file, then those that were added on the status page. */
  readonly callers: readonly CallerConfig[];
  /** Where added callers are kept, and why none of them counts, if that is so. */
  readonly addedCallers: { readonly file: string; readonly problem: string | undefined };
  /** How Entra and Exchange are reached. */
  readonly outbound: Outbound;
  readonly log: LogSettings;
  /** Where the gateway keeps what it learns. */
  readonly stateFile: string;
  /** What seals clients' state, the one before it last; empty: a key is made beside the state file. */
  readonly stateKeys: readonly Buffer[];
  /** What several gateways share; undefined where this is the only one. */
  readonly sharedState: SharedStateSettings | undefined;
  /** Where refresh tokens are kept, and the key they are encrypted with; undefined where none are needed. */
  readonly tokenStore: { readonly folder: string; readonly key: Buffer } | undefined;
  readonly audit: AuditSettings | undefined;
  readonly limits: Limits;
  readonly throttling: ThrottlingSettings;
  readonly lockout: LockoutSettings;
  /** Every file that was read, by its absolute path, with its fingerprint at that time: to be watched for changes. */
  readonly filesRead: ReadonlyMap<string, string>;
  /** Programs that secrets were read from. */
  readonly commands: readonly CommandReference[];
  /** What an administrator should know although the configuration works. */
  readonly warnings: readonly string[];
}

export interface Limits {
  readonly upstreamConnections: number;
  readonly responseSeconds: number;
  readonly requestSeconds: number;
  readonly headerSeconds: number;
  readonly connectionsPerAddress: number;
  /** Undefined: what the limit on open files leaves. */
  readonly connections: number | undefined;
  readonly clientIdleSeconds: number;
  readonly streamsPerCaller: number;
  /** Between the order to stop and the end of listening. */
  readonly drainSeconds: number;
  readonly shutdownSeconds: number;
}

export interface LogSettings {
  readonly level: string;
  readonly format: 'json' | 'readable' | 'journal' | 'auto';
  /** Whether systemd's journal takes what is printed. */
  readonly underJournal?: boolean;
}

export interface AuditSettings {
  readonly file: string;
  readonly maxBytes: number;
  /** Older files that are kept. */
  readonly keep: number;
  /** Whether a request is refused where its intent cannot be written. */
  readonly required: boolean;
}

export interface ThrottlingSettings {
  /** Requests for one mailbox at a time. */
  readonly requestsPerMailbox: number;
  /** Requests for one mailbox that may wait. */
  readonly waitingPerMailbox: number;
  /** How long one request may wait altogether. */
  readonly longestWaitSeconds: number;
}

export interface LockoutSettings {
  /** Failures of one user name until it is locked. */
  readonly failuresPerName: number;
  /** Different user names that may fail from one address until it is locked. */
  readonly namesPerAddress: number;
  /** Failures are forgotten after this time. */
  readonly windowSeconds: number;
  /** The first lock; each further one within a day takes twice as long. */
  readonly firstLockSeconds: number;
  readonly longestLockSeconds: number;
}

/**
 * Where the Redis or Valkey server is: at an address, where Sentinels say that the master is, or where a Cluster says
 * that a key is. All URLs are redis://host:port or rediss://host:port, without credentials.
 */
export type RedisServers =
  | { readonly kind: 'server'; readonly url: string }
  | {
      readonly kind: 'sentinel';
      readonly urls: readonly string[];
      /** What the Sentinels call it. */
      readonly master: string;
      /** Of the Sentinels themselves. */
      readonly username: string | undefined;
      readonly password: string | undefined;
    }
  | { readonly kind: 'cluster'; readonly urls: readonly string[] };

/** What several gateways share. */
export interface SharedStateSettings {
  readonly servers: RedisServers;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The client's certificate and key, PEM. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** Of all keys and channels. In a Cluster it has a hash tag: all keys are on one shard. */
  readonly prefix: string;
  /** How long an answer may take until the gateway goes on without. */
  readonly timeoutMilliseconds: number;
}

export interface ProxySettings {
  /** Origin of the proxy, http or https, without credentials. */
  readonly url: string;
  /** Value of Proxy-Authorization, undefined where the proxy asks for none. */
  readonly authorization: string | undefined;
  /** Hosts that are reached directly: names (with all below them), addresses, `host:port`, or `*`. */
  readonly except: readonly string[];
}

export interface Outbound {
  /** PEM texts of authorities to trust besides the well-known ones. */
  readonly caCertificates: readonly string[];
  readonly proxy: ProxySettings | undefined;
}

/** A program that prints a secret. */
export interface CommandReference {
  /** Program and arguments; no shell reads them. */
  readonly command: readonly string[];
  readonly timeoutSeconds: number;
}

/** Addresses and ranges, in both families. */
export interface AddressRanges {
  /** @param address as a socket reports it: IPv4-mapped and with a zone id too */
  includes(address: string): boolean;
}

export interface ListenerConfig {
  /** As configured, and the key by which a reload recognises it. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Absent on plain HTTP. */
  readonly tls: ListenerTls | undefined;
}

export interface ListenerTls {
  /** PEM with the chain. */
  readonly certificate: string;
  readonly key: string;
  readonly minVersion: TlsVersion;
  /** Where the certificate is from: its PEM or PFX file. */
  readonly file: string;
  readonly notAfter: Date | undefined;
}

export interface AdminConfig extends ListenerConfig {
  /** Undefined: whoever reaches it is trusted, which is for loopback only. */
  readonly passwordHash: string | undefined;
  /** Further names it may be called by, in lower case. */
  readonly hosts: readonly string[];
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** What answers a request: Exchange Web Services, Microsoft Graph, or whichever works. */
export type BackendName = 'ews' | 'graph' | 'auto';

/** What Microsoft Graph can do; by cloud, measured, or set. */
export interface GraphCapabilities {
  /** POST /messages/{id}/permanentDelete. */
  readonly permanentDelete: boolean;
  /** POST /messages/{id}/attachments/createUploadSession. */
  readonly uploadSessions: boolean;
  /** GET …/messages/delta and …/mailFolders/delta. */
  readonly delta: boolean;
  /** mailFolder.isHidden, and with it includeHiddenFolders. */
  readonly hiddenFolders: boolean;
  /** message.flag. */
  readonly flag: boolean;
  /** message.internetMessageHeaders. */
  readonly internetMessageHeaders: boolean;
  /** message.conversationIndex. */
  readonly conversationIndex: boolean;
  /** Extended properties of folders: with them a folder's class and hidden state are known. */
  readonly folderExtendedProperties: boolean;
  /** Whether contentId may stand in the $select of an attachment list (microsoft.graph.fileAttachment/contentId). */
  readonly selectContentId: boolean;
  /** Whether the service honours If-Match on PATCH; without it a change key is compared by a GET before. */
  readonly ifMatch: boolean;
  /** Whether DELETE leaves a message in the recoverable items, as SoftDelete does; else it goes to Deleted Items. */
  readonly deletedMessagesRecoverable: boolean;
  /** The same of folders. */
  readonly deletedFoldersRecoverable: boolean;
  /** Whether extended properties of mail that is no draft can be set with Mail.ReadWrite. */
  readonly receivedExtendedProperties: boolean;
  /** Whether an extended property goes when it is set to null. */
  readonly removableProperties: boolean;
  /** Whether isReadReceiptRequested of received mail can be set to false, so that marking it as read sends none. */
  readonly receiptsCanBeWithdrawn: boolean;
  /** Whether lists can be filtered and sorted by createdDateTime; without it the gateway sorts them. */
  readonly queriesByCreation: boolean;
  /** /users and /groups: other people can be looked up. */
  readonly directory: boolean;
  /** calendar/getSchedule. */
  readonly schedules: boolean;
  /** Calls at a time for one app and mailbox. */
  readonly callsAtATime: number;
  /** The largest MIME, in bytes, that is posted in one call. */
  readonly mimeBytes: number;
}

/** Those that `ews-gateway probe-graph` measures, as far as it could. */
export type MeasuredCapabilities = Partial<Omit<GraphCapabilities, 'callsAtATime' | 'directory' | 'schedules'>>;

/** How requests are answered through Microsoft Graph. */
export interface GraphSettings {
  /** Where permanentDelete is missing: move to the recoverable items, or refuse. */
  readonly hardDelete: 'recoverable' | 'refuse';
  /** Keeps messages out of listings while Safe Attachments still scans them. */
  readonly waitForScan: boolean;
  /** Between two looks at a folder whose notifications are streamed or pushed. */
  readonly pollSeconds: number;
  /** Origins to which notifications may be pushed. */
  readonly pushTo: readonly string[];
  /** Fetches what a program is likely to ask for next. */
  readonly prefetch: boolean;
  /** Wins over what is known of the cloud. */
  readonly capabilities: Partial<GraphCapabilities>;
}

export interface RegistrationConfig {
  readonly name: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly credential: ClientCredential;
  /** application: the app's own right and impersonation; delegated: each mailbox has signed in. */
  readonly flow: 'application' | 'delegated';
  readonly backend: BackendName;
  /** With auto: whether a 403 without a reason of Exchange is enough for Graph to take over. */
  readonly graphOnAccessDenied: boolean;
  /** Whether answers of EWS are compared with those of Graph. */
  readonly shadow: 'graph' | undefined;
  /** Origin of the token service. */
  readonly loginOrigin: string;
  /** Origin of Microsoft Graph, undefined where the upstream is not Exchange Online. */
  readonly graphOrigin: string | undefined;
  /** Origin of the upload sessions that Graph names for large attachments; undefined where it is not known before. */
  readonly uploadOrigin: string | undefined;
  /** Scope of the app's own token for Microsoft Graph. */
  readonly graphScope: string;
  readonly graph: GraphSettings;
  /** Name of the cloud, see clouds.ts. */
  readonly cloud: string;
  /** The EWS endpoint. */
  readonly ewsUrl: string;
  /** Scope of the token for EWS. */
  readonly scope: string;
  readonly userAgent: string | undefined;
  readonly connectingSid: ConnectingSidType | 'auto';
}

/** Personal accounts (Outlook.com, Hotmail) have a tenant of their own, of which nobody is the administrator. */
export function isPersonal({ tenantId }: Pick<RegistrationConfig, 'tenantId'>): boolean {
  return tenantId === PERSONAL_TENANT;
}

/** What Entra calls the tenant of all personal accounts. */
export const PERSONAL_TENANT = 'consumers';

/** Child of ConnectingSID in ExchangeImpersonation (types.xsd, ConnectingSIDType). */
export type ConnectingSidType = 'SmtpAddress' | 'PrimarySmtpAddress' | 'PrincipalName' | 'SID';

/** What proves the app's identity to Entra. */
export type ClientCredential =
  /** Only with delegated sign-in: the user's sign-in is proof enough. */
  | { readonly kind: 'none'; readonly notAfter: undefined }
  | {
      readonly kind: 'secret';
      readonly secret: string;
      /** Used where Entra refuses the first. */
      readonly nextSecret: string | undefined;
      readonly notAfter: Date | undefined;
    }
  | {
      readonly kind: 'certificate';
      /** PEM of the private key, unencrypted. */
      readonly privateKey: string;
      /** SHA-256 of the certificate's DER form in hexadecimal. */
      readonly thumbprintSha256: string;
      /** PEM of the certificate and its chain, if it is to be sent along. */
      readonly x5c: string | undefined;
      readonly notAfter: Date;
    };

/** Addresses whose local part begins with one text and ends with another, in lower case; one of them is empty. */
export interface MailboxPattern {
  readonly prefix: string;
  readonly suffix: string;
  /** Undefined: whatever stands behind the @. */
  readonly domain: string | undefined;
}

/** A caller that the status page is to add; config/added-callers.ts judges it. */
export interface AddedCaller {
  readonly username: string;
  readonly mailbox?: string;
  readonly registration: string;
  readonly mayImpersonate?: readonly string[];
  readonly operations: string;
  /** When it was added, ISO 8601; missing in files of earlier releases. */
  readonly at?: string;
}

export interface CallerConfig {
  /** As configured. */
  readonly username: string;
  /** `$argon2id$…` or `scrypt:…`, see callers/password-hash.ts; undefined where it is to be enrolled. */
  readonly passwordHash: string | undefined;
  /** Set for a whole domain: the hashes that are configured, by address in lower case. */
  readonly domainPasswords: ReadonlyMap<string, string> | undefined;
  readonly mailbox: string;
  readonly registration: string;
  /** Undefined: that of the registration. */
  readonly backend: BackendName | undefined;
  /** Further mailboxes by address; groups are resolved. */
  readonly mayImpersonate: readonly string[];
  /** Further mailboxes by pattern; undefined: none. */
  readonly mailboxPatterns?: readonly MailboxPattern[] | undefined;
  /** What the client's user name asks for and the caller may not open: each request is refused. */
  readonly refusedMailbox?: string | undefined;
  /** Undefined: from anywhere. */
  readonly from: AddressRanges | undefined;
  readonly operations: ReadonlySet<string>;
  /** The `operations` setting as written, to be named in refusals. */
  readonly operationsSetting: string;
  /** Whether it was added on the status page. */
  readonly added?: boolean;
}
