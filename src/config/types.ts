/** The configuration the gateway runs on: complete, checked and frozen. Only config/ makes one. */
import type { BlockList } from 'node:net';
import type { LockoutSettings } from '../callers/lockout.ts';
import type { CommandReference } from './secret-command.ts';
import type { AuditSettings } from '../telemetry/audit-log.ts';

import type { Outbound } from '../network/outbound.ts';
import type { ConnectingSidType } from '../soap/envelope-head.ts';

export interface Config {
  /** The file it was read from. */
  readonly file: string;
  readonly listeners: readonly ListenerConfig[];
  /** Origin under which clients reach the gateway, where that is not how a request came. */
  readonly publicUrl: string | undefined;
  readonly admin: AdminConfig;
  readonly registrations: ReadonlyMap<string, RegistrationConfig>;
  readonly callers: readonly CallerConfig[];
  /** How Entra and Exchange are reached. */
  readonly outbound: Outbound;
  readonly log: { readonly level: string; readonly format: 'json' | 'readable' | 'journal' | 'auto'; readonly underJournal?: boolean };
  /** Where the gateway keeps what it learns. */
  readonly stateFile: string;
  /** Where refresh tokens are kept, and the key they are encrypted with; undefined where none are needed. */
  readonly tokenStore: { readonly folder: string; readonly key: Buffer } | undefined;
  readonly audit: AuditSettings | undefined;
  readonly limits: Limits;
  readonly throttling: ThrottlingSettings;
  readonly lockout: LockoutSettings;
  /** Every file that was read, by its absolute path, with its fingerprint at that time: to be watched for changes. */
  readonly sources: ReadonlyMap<string, string>;
  /** Programs that secrets were read from. */
  readonly commands: readonly CommandReference[];
  /** What an administrator should know although the configuration works. */
  readonly warnings: readonly string[];
}

export interface Limits {
  readonly credentialCacheSeconds: number;
  readonly upstreamConnections: number;
  readonly responseSeconds: number;
  readonly requestSeconds: number;
  readonly headerSeconds: number;
  readonly connectionsPerAddress: number;
  /** Undefined: what the limit on open files leaves. */
  readonly connections: number | undefined;
  readonly clientIdleSeconds: number;
  readonly streamsPerCaller: number;
  readonly shutdownSeconds: number;
}

/** How requests for one mailbox are limited, see backends/mailbox-gate.ts. */
export interface ThrottlingSettings {
  /** Requests for one mailbox at a time. */
  readonly requestsPerMailbox: number;
  /** Requests for one mailbox that may wait. */
  readonly waitingPerMailbox: number;
  /** How long one request may wait altogether. */
  readonly longestWaitSeconds: number;
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

export interface RegistrationConfig {
  readonly name: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly credential: ClientCredential;
  /** application: the app's own right and impersonation; delegated: each mailbox has signed in. */
  readonly flow: 'application' | 'delegated';
  /** Origin of the token service. */
  readonly loginOrigin: string;
  /** Origin of Microsoft Graph, undefined where the upstream is not Exchange Online. */
  readonly graphOrigin: string | undefined;
  /** The EWS endpoint. */
  readonly ewsUrl: string;
  readonly scope: string;
  readonly userAgent: string | undefined;
  readonly connectingSid: ConnectingSidType | 'auto';
}

/** What proves the app's identity to Entra. */
export type ClientCredential =
  /** Only with delegated sign-in: the user's sign-in is proof enough. */
  | { readonly kind: 'none'; readonly notAfter: undefined }
  | {
      readonly kind: 'secret';
      readonly secret: string;
      /** Takes over where Entra refuses the first. */
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

export interface CallerConfig {
  /** As configured. */
  readonly username: string;
  /** `scrypt:…`, see callers/password-hash.ts; undefined where it is to be enrolled. */
  readonly passwordHash: string | undefined;
  /** Set for a whole domain: the hashes that are configured, by address in lower case. */
  readonly domainPasswords: ReadonlyMap<string, string> | undefined;
  readonly mailbox: string;
  readonly registration: string;
  readonly mayImpersonate: readonly string[];
  /** Undefined: from anywhere. */
  readonly from: BlockList | undefined;
  readonly operations: ReadonlySet<string>;
  /** The `operations` setting as written, to be named in refusals. */
  readonly operationsSetting: string;
}
