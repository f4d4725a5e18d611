/**
 * Simulated Exchange Online: the EWS endpoint with its admission (token, tenant switches, access
 * policies, impersonation) and its operations over mailboxes in memory.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-control-access-to-ews-in-exchange
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/impersonation-and-ews-in-exchange
 */
import { randomUUID, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Document, Element } from '@xmldom/xmldom';
import { escapeXml } from '../../soap/escape.ts';
import { EWS_ERRORS, EWS_MESSAGES, EWS_TYPES, SOAP_11, SOAP_12 } from '../../soap/namespaces.ts';
import type { CertificatePair } from '../certificate.ts';
import { FaultScript } from '../fault-script.ts';
import { readBody, serve, type SimulatedServer } from '../http-server.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import { Organization } from '../mailbox/organization.ts';
import { ResponseError, type Operation, type OperationContext } from './operation.ts';
import { convertId, getServerTimeZones, resolveNames } from './operations/directory.ts';
import { createFolder, findFolder, getFolder, syncFolderHierarchy } from './operations/folders.ts';
import {
  copyItem,
  deleteItem,
  findItem,
  getAttachment,
  getItem,
  moveItem,
  syncFolderItems,
  updateItem,
} from './operations/items.ts';
import { getEvents, subscribe, unsubscribe } from './operations/notifications.ts';
import { createAttachment, createItem, sendItem } from './operations/sending.ts';
import { streamEvents } from './streaming.ts';
import { Subscriptions } from './subscriptions.ts';
import { checkToken, TokenRefusal, type TokenClaims } from './token-check.ts';
import { child, children, parseXml, tag } from './xml.ts';

const OPERATIONS: Readonly<Record<string, Operation>> = {
  ConvertId: convertId,
  CopyItem: copyItem,
  CreateAttachment: createAttachment,
  CreateFolder: createFolder,
  CreateItem: createItem,
  DeleteItem: deleteItem,
  FindFolder: findFolder,
  FindItem: findItem,
  GetAttachment: getAttachment,
  GetEvents: getEvents,
  GetFolder: getFolder,
  GetItem: getItem,
  GetServerTimeZones: getServerTimeZones,
  MoveItem: moveItem,
  ResolveNames: resolveNames,
  SendItem: sendItem,
  Subscribe: subscribe,
  SyncFolderHierarchy: syncFolderHierarchy,
  SyncFolderItems: syncFolderItems,
  Unsubscribe: unsubscribe,
  UpdateItem: updateItem,
};

/** The tenant's switches, as an Exchange administrator sets them. */
export interface TenantSettings {
  ewsEnabled: boolean;
  /** Undefined: no list, everything allowed (EwsEnabled is null). */
  allowedAppIds: readonly string[] | undefined;
  blockedUserAgents: readonly RegExp[];
  /** Mailboxes that an application access policy or RBAC scope excludes. */
  excludedMailboxes: ReadonlySet<string>;
  /** Apps whose access comes from RBAC for Applications, with no role in the token. */
  rbacApps: ReadonlySet<string>;
  /** Mailboxes the app may not impersonate. */
  impersonationDenied: ReadonlySet<string>;
}

/** A request Exchange carried out or refused, for tests and for the demo's narration. */
export interface ExecutedRequest {
  readonly operation: string;
  /** The impersonated mailbox, undefined where the request did not get that far. */
  readonly mailbox: string | undefined;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ExchangeOptions {
  readonly mailboxes: readonly Mailbox[];
  /** Entra's key. */
  readonly tokenKey: KeyObject;
  /** Folder with Services.wsdl, messages.xsd and types.xsd; without it they are not served. */
  readonly schemas?: string;
}

export class ExchangeSimulator {
  readonly script = new FaultScript();
  readonly requests: ExecutedRequest[] = [];
  /** Called after each request. */
  onRequest: (request: ExecutedRequest) => void = () => undefined;
  readonly mailboxes: Mailbox[];
  /** Milliseconds of a minute of GetStreamingEvents' ConnectionTimeout. */
  streamingMinute = 60_000;
  readonly settings: TenantSettings = {
    ewsEnabled: true,
    allowedAppIds: undefined,
    blockedUserAgents: [],
    excludedMailboxes: new Set(),
    rbacApps: new Set(),
    impersonationDenied: new Set(),
  };
  readonly #options: ExchangeOptions;
  readonly #subscriptions = new Subscriptions();
  #server: SimulatedServer | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.mailboxes = [...options.mailboxes];
  }

  async start(tls: CertificatePair | undefined, port?: number, name?: string): Promise<void> {
    this.#server = await serve((request, response) => this.#handle(request, response), tls, port, name);
  }

  /** Where it really listens, on loopback. */
  get port(): number {
    return this.#server?.port ?? 0;
  }

  get origin(): string {
    return this.#server?.origin ?? '';
  }

  get url(): string {
    return `${this.origin}/EWS/Exchange.asmx`;
  }

  get connections(): number {
    return this.#server?.connections() ?? 0;
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', this.origin).pathname.toLowerCase();
    response.setHeader('request-id', randomUUID());
    response.setHeader('x-feserver', 'SIMULATED');
    if (!path.startsWith('/ews/')) return plain(response, 404, 'Not found');
    const body = await readBody(request);
    let operation = `${request.method} ${path}`;
    let mailbox: string | undefined;
    const note = (): void => {
      const entry: ExecutedRequest = {
        operation,
        mailbox,
        status: response.statusCode,
        headers: request.headers,
        body,
      };
      this.requests.push(entry);
      this.onRequest(entry);
    };
    try {
      const claims = checkToken(
        request.headers.authorization,
        this.origin,
        this.#options.tokenKey,
        this.settings.rbacApps,
      );
      const guessed = /<(?:[\w-]+:)?Body[^>]*>\s*<(?:[\w-]+:)?(\w+)/.exec(body.toString('latin1'))?.[1];
      const play = await this.script.play(request, response, guessed ?? operation);
      if (play === 'served') return note();
      const block = this.#policyBlock(claims, request.headers);
      if (block !== undefined) {
        response.writeHead(403, block);
        response.end();
        return note();
      }
      if (request.method === 'GET') {
        await this.#document(response, path);
        return note();
      }
      setCookies(request, response);
      const envelope = readEnvelope(body);
      const target =
        claims.upn === undefined ? this.#impersonated(envelope.header) : this.#ownMailbox(claims.upn, envelope.header);
      mailbox = target.address;
      operation = envelope.operation.localName ?? '';
      if (this.settings.excludedMailboxes.has(target.address)) {
        response.writeHead(403);
        response.end();
        return note();
      }
      const context: OperationContext = {
        request: envelope.operation,
        mailbox: target,
        subscriptions: this.#subscriptions,
        organization: new Organization(this.mailboxes),
        appId: claims.appid,
      };
      if (operation === 'GetStreamingEvents') {
        note();
        return await streamEvents(context, response, this.streamingMinute);
      }
      const handler = OPERATIONS[operation];
      if (handler === undefined)
        throw new SoapFault('ErrorInvalidRequest', `The simulator does not have the operation ${operation}.`);
      const content = await handler(context);
      const xml = Buffer.from(envelopeXml(operation, content));
      note();
      if (play === 'cut midway') {
        response.writeHead(200, { 'content-type': 'text/xml; charset=utf-8', 'content-length': xml.length });
        response.write(xml.subarray(0, xml.length / 2), () => request.socket.destroy());
        return;
      }
      response.writeHead(200, {
        'content-type': 'text/xml; charset=utf-8',
        'cache-control': 'private',
        'content-length': xml.length,
      });
      response.end(xml);
    } catch (error) {
      this.#refuse(response, error);
      note();
    }
  }

  #refuse(response: ServerResponse, error: unknown): void {
    if (error instanceof TokenRefusal) {
      response.writeHead(401, {
        'content-length': 0,
        'www-authenticate':
          'Bearer client_id="00000002-0000-0ff1-ce00-000000000000", trusted_issuers="00000001-0000-0000-c000-000000000000@*", token_types="app_asserted_user_v1 service_asserted_app_v1", authorization_uri="https://login.windows.net/common/oauth2/authorize", error="invalid_token"',
        'x-ms-diagnostics': error.diagnostics,
      });
      response.end();
      return;
    }
    const fault =
      error instanceof SoapFault || error instanceof ResponseError
        ? error
        : new SoapFault(
            'ErrorInternalServerError',
            error instanceof Error ? (error.stack ?? error.message) : String(error),
          );
    const xml = Buffer.from(exchangeFault(fault.responseCode, fault.message));
    response.writeHead(500, { 'content-type': 'text/xml; charset=utf-8', 'content-length': xml.length });
    response.end(xml);
  }

  #policyBlock(claims: TokenClaims, headers: IncomingHttpHeaders): Record<string, string> | undefined {
    const { ewsEnabled, allowedAppIds, blockedUserAgents } = this.settings;
    if (!ewsEnabled) return { 'X-EWS-Policy-Reason': 'EWS is disabled for this user or tenant' };
    const agent = headers['user-agent'] ?? '';
    const blocked =
      (allowedAppIds !== undefined && !allowedAppIds.includes(claims.appid)) ||
      blockedUserAgents.some((pattern) => pattern.test(agent));
    return blocked ? { 'X-EWS-Policy-Reason': 'EWS is blocked by policy for this user or tenant' } : undefined;
  }

  /** The mailbox of the user who signed in; impersonating is refused then. */
  #ownMailbox(upn: string, header: Element | undefined): Mailbox {
    if (children(header, 'ExchangeImpersonation').length > 0) {
      throw new SoapFault(
        'ErrorInvalidExchangeImpersonationHeaderData',
        'ExchangeImpersonation SOAP header must not exist for this type of OAuth token.',
      );
    }
    const mailbox = this.mailboxes.find(({ address }) => address.toLowerCase() === upn.toLowerCase());
    if (mailbox === undefined) throw new SoapFault('ErrorNonExistentMailbox', 'No mailbox with such guid.');
    return mailbox;
  }

  /** The mailbox of the ExchangeImpersonation header, which an app-only token must always bring. */
  #impersonated(header: Element | undefined): Mailbox {
    const headers = children(header, 'ExchangeImpersonation');
    if (headers.length === 0)
      throw new SoapFault(
        'ErrorInvalidExchangeImpersonationHeaderData',
        'ExchangeImpersonation SOAP header must be present for this type of OAuth token.',
      );
    if (headers.length > 1)
      throw new SoapFault('ErrorMoreThanOneAccessModeSpecified', 'Only one access mode header may be specified.');
    const sids = children(child(headers[0], 'ConnectingSID'));
    const [sid] = sids;
    if (sid === undefined || sids.length > 1)
      throw new SoapFault(
        'ErrorInvalidExchangeImpersonationHeaderData',
        'ExchangeImpersonation SOAP header must contain exactly one identity.',
      );
    const name = (sid.textContent ?? '').trim().toLowerCase();
    const mailbox = this.mailboxes.find(
      (candidate) => candidate.address.toLowerCase() === name || candidate.aliases.includes(name),
    );
    if (mailbox === undefined)
      throw new SoapFault('ErrorNonExistentMailbox', 'The SMTP address has no mailbox associated with it.');
    if (sid.localName === 'PrimarySmtpAddress' && mailbox.address.toLowerCase() !== name) {
      throw new SoapFault(
        'ErrorNonPrimarySmtpAddress',
        `The primary SMTP address must be specified when referencing a mailbox: ${mailbox.address}`,
      );
    }
    if (this.settings.impersonationDenied.has(mailbox.address)) {
      throw new SoapFault(
        'ErrorImpersonateUserDenied',
        'The account does not have permission to impersonate the requested user.',
      );
    }
    return mailbox;
  }

  async #document(response: ServerResponse, path: string): Promise<void> {
    const name = path.slice('/ews/'.length);
    if (name === 'exchange.asmx') {
      response.writeHead(302, { 'location': `${this.origin}/EWS/Services.wsdl`, 'content-length': 0 });
      response.end();
      return;
    }
    const files: Readonly<Record<string, string>> = {
      'services.wsdl': 'services.wsdl',
      'messages.xsd': 'messages.xsd',
      'types.xsd': 'types.xsd',
    };
    const file = files[name];
    if (file === undefined || this.#options.schemas === undefined) return plain(response, 404, 'Not found');
    const content = await readFile(join(this.#options.schemas, file));
    response.writeHead(200, { 'content-type': 'text/xml', 'content-length': content.length });
    response.end(content);
  }
}

/** A fault of the whole request: HTTP 500. */
class SoapFault extends Error {
  readonly responseCode: string;

  constructor(responseCode: string, message: string) {
    super(message);
    this.responseCode = responseCode;
  }
}

function readEnvelope(body: Buffer): { readonly header: Element | undefined; readonly operation: Element } {
  let document: Document;
  const utf16 =
    body[0] === 0xff && body[1] === 0xfe ? 'utf-16le' : body[0] === 0xfe && body[1] === 0xff ? 'utf-16be' : undefined;
  try {
    document = parseXml(new TextDecoder(utf16 ?? 'utf-8').decode(body));
  } catch (error) {
    throw new SoapFault(
      'ErrorSchemaValidation',
      `The request failed schema validation: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const root = document.documentElement;
  const soap = (name: string): Element[] =>
    children(root ?? undefined).filter(
      (element) => element.localName === name && (element.namespaceURI === SOAP_11 || element.namespaceURI === SOAP_12),
    );
  const [header, secondHeader] = soap('Header');
  const [bodyElement, secondBody] = soap('Body');
  const [operation, secondOperation] = children(bodyElement);
  if (
    root?.localName !== 'Envelope' ||
    operation === undefined ||
    operation.namespaceURI !== EWS_MESSAGES ||
    (secondHeader ?? secondBody ?? secondOperation) !== undefined
  ) {
    throw new SoapFault('ErrorSchemaValidation', 'The request failed schema validation.');
  }
  return { header, operation };
}

function envelopeXml(operation: string, content: string): string {
  return (
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${SOAP_11}"><s:Header>` +
    `<h:ServerVersionInfo MajorVersion="15" MinorVersion="20" MajorBuildNumber="9412" MinorBuildNumber="11" Version="V2018_01_08" xmlns:h="${EWS_TYPES}"/>` +
    `</s:Header><s:Body><m:${operation}Response xmlns:m="${EWS_MESSAGES}" xmlns:t="${EWS_TYPES}">${content}</m:${operation}Response></s:Body></s:Envelope>`
  );
}

/** A fault as Exchange writes it; also for scripting faults. */
export function exchangeFault(responseCode: string, message: string, backOffMilliseconds?: number): string {
  const values =
    backOffMilliseconds === undefined
      ? ''
      : `<t:MessageXml xmlns:t="${EWS_TYPES}">${tag('Value', backOffMilliseconds).replace('<t:Value>', '<t:Value Name="BackOffMilliseconds">')}</t:MessageXml>`;
  return (
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${SOAP_11}"><s:Body><s:Fault><faultcode xmlns:a="${EWS_TYPES}">a:${responseCode}</faultcode>` +
    `<faultstring xml:lang="en-US">${escapeXml(message)}</faultstring><detail><e:ResponseCode xmlns:e="${EWS_ERRORS}">${responseCode}</e:ResponseCode>` +
    `<e:Message xmlns:e="${EWS_ERRORS}">${escapeXml(message)}</e:Message>${values}</detail></s:Fault></s:Body></s:Envelope>`
  );
}

/** Affinity cookies, given to clients that bring none. */
function setCookies(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.cookie?.includes('X-BackEndCookie') === true) return;
  response.setHeader('set-cookie', [
    `exchangecookie=${randomUUID().replaceAll('-', '')}; path=/; Domain=outlook.office365.com; secure; HttpOnly`,
    `X-BackEndCookie=S-1-5-21=${Buffer.from(randomUUID()).toString('base64').slice(0, 20)}; path=/EWS; secure; HttpOnly`,
  ]);
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
