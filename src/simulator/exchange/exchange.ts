/**
 * Simulated Exchange Online: the EWS endpoint over mailboxes in memory. Who may do something as whom is in
 * authorization.ts, what requests do in operations/.
 */
import { randomUUID, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { EwsElement } from '../../ews/element.ts';
import { answerEnvelope } from '../../ews/envelope.ts';
import { withDatesInUtc } from '../../ews/local-dates.ts';
import { ResponseError } from '../../ews/response-messages.ts';
import { refusalOf } from '../../ews/schema/request-validation.ts';
import { faultXml } from '../../soap/fault.ts';
import { xml, type XmlFragment } from '../../ews/xml.ts';
import type { CertificatePair } from '../certificate.ts';
import { FaultScript } from '../fault-script.ts';
import { readBody, serve, type SimulatedServer } from '../http-server.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import { Organization } from '../mailbox/organization.ts';
import { mailboxFor, policyBlock, type TenantSettings } from './authorization.ts';
import { refusing, type Operation, type OperationContext } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { readRequest } from './read-request.ts';
import { schemaViolation, SoapFault } from './soap-fault.ts';
import { streamEvents } from './streaming.ts';
import { Subscriptions } from './subscriptions.ts';
import { checkToken, TokenRefusal } from './token-check.ts';

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
    const entry: { -readonly [K in keyof ExecutedRequest]: ExecutedRequest[K] } = {
      operation: `${request.method} ${path}`,
      mailbox: undefined,
      status: 0,
      headers: request.headers,
      body,
    };
    const note = (): void => {
      entry.status = response.statusCode;
      this.requests.push(entry);
      this.onRequest(entry);
    };
    try {
      await this.#serve(request, response, path, entry, note);
    } catch (error) {
      refuse(response, error);
      note();
    }
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    entry: { operation: string; mailbox: string | undefined; readonly body: Buffer },
    note: () => void,
  ): Promise<void> {
    const { body } = entry;
    const { tokenKey } = this.#options;
    const claims = checkToken(request.headers.authorization, this.origin, tokenKey, this.settings.rbacApps);
    const guessed = /<(?:[\w-]+:)?Body[^>]*>\s*<(?:[\w-]+:)?(\w+)/.exec(body.toString('latin1'))?.[1];
    const play = await this.script.play(request, response, guessed ?? entry.operation, body);
    if (play === 'served') return note();
    const block = policyBlock(this.settings, claims, request.headers);
    if (block !== undefined) {
      response.writeHead(403, block).end();
      return note();
    }
    if (request.method === 'GET') {
      await this.#document(response, path);
      return note();
    }
    setCookies(request, response);
    const { head, operation, version } = readRequest(body);
    const mailbox = mailboxFor(this.mailboxes, claims, head, this.settings);
    entry.mailbox = mailbox.address;
    entry.operation = operation.localName;
    if (this.settings.excludedMailboxes.has(mailbox.address)) {
      response.writeHead(403).end();
      return note();
    }
    const context: OperationContext = {
      request: withDatesInUtc(operation, { version, timeZone: head.timeZone }),
      mailbox,
      version,
      subscriptions: this.#subscriptions,
      organization: new Organization(this.mailboxes),
      appId: claims.appid,
    };
    if (operation.localName === 'GetStreamingEvents') {
      assertValid(operation);
      note();
      return streamEvents(context, response, this.streamingMinute);
    }
    const document = await answerOf(context, head.soapVersion);
    note();
    if (play === 'cut midway') {
      response.writeHead(200, { 'content-type': 'text/xml; charset=utf-8', 'content-length': document.length });
      response.write(document.subarray(0, document.length / 2), () => request.socket.destroy());
      return;
    }
    response.writeHead(200, {
      'content-type': 'text/xml; charset=utf-8',
      'cache-control': 'private',
      'content-length': document.length,
    });
    response.end(document);
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

/** @throws SoapFault ErrorInvalidOperation, ErrorSchemaValidation */
async function answerOf(context: OperationContext, soapVersion: '1.1' | '1.2'): Promise<Buffer> {
  const { request } = context;
  const operation = OPERATIONS.get(request.localName);
  if (operation === undefined)
    throw new SoapFault('ErrorInvalidOperation', `The simulator does not have the operation ${request.localName}.`);
  assertValid(request);
  if (operation.isMessage !== true) {
    const { prefix, suffix } = answerEnvelope(operation.name, soapVersion);
    return Buffer.from(`${prefix}${(await operation.answer(context)).markup}${suffix}`);
  }
  const { responseClass, content } = await wholeMessage(operation, context);
  const { prefix, suffix } = answerEnvelope(operation.name, soapVersion, responseClass);
  return Buffer.from(`${prefix}${content.markup}${suffix}`);
}

/** Exchange holds a request against its schemas before it does anything. @throws SoapFault ErrorSchemaValidation */
function assertValid(operation: EwsElement): void {
  const violation = refusalOf(operation);
  if (violation !== undefined) throw schemaViolation(violation);
}

async function wholeMessage(
  operation: Operation,
  context: OperationContext,
): Promise<{ readonly responseClass: 'Success' | 'Error'; readonly content: XmlFragment }> {
  try {
    const content = await refusing(async () => operation.answer(context));
    return { responseClass: 'Success', content: xml`<m:ResponseCode>NoError</m:ResponseCode>${content}` };
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    const { message, responseCode } = error;
    const code = xml`<m:ResponseCode>${responseCode}</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>`;
    return { responseClass: 'Error', content: xml`<m:MessageText>${message}</m:MessageText>${code}` };
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  if (error instanceof TokenRefusal) {
    response.writeHead(401, {
      'content-length': 0,
      'www-authenticate':
        'Bearer client_id="00000002-0000-0ff1-ce00-000000000000", ' +
        'trusted_issuers="00000001-0000-0000-c000-000000000000@*", ' +
        'token_types="app_asserted_user_v1 service_asserted_app_v1", ' +
        'authorization_uri="https://login.windows.net/common/oauth2/authorize", error="invalid_token"',
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
  const { responseCode, message } = fault;
  const violation = fault instanceof SoapFault ? fault.violation : undefined;
  const document = Buffer.from(faultXml({ responseCode, message, violation }));
  response.writeHead(500, { 'content-type': 'text/xml; charset=utf-8', 'content-length': document.length });
  response.end(document);
}

/** A fault as Exchange writes it, for scripting faults. */
export function exchangeFault(responseCode: string, message: string, backOffMilliseconds?: number): string {
  return faultXml({ responseCode, message, backOffMilliseconds });
}

/** Affinity cookies, given to clients that bring none. */
function setCookies(request: IncomingMessage, response: ServerResponse): void {
  // @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-maintain-affinity-between-a-group-of-subscriptions-and-the-mailbox-server
  const prefersAffinity = request.headers['x-preferserveraffinity']?.toString().toLowerCase() === 'true';
  if (prefersAffinity && request.headers.cookie?.includes('X-BackEndOverrideCookie') !== true)
    response.appendHeader(
      'set-cookie',
      'X-BackEndOverrideCookie=SIMULATED.outlook.com~1941996295; path=/; secure; HttpOnly',
    );
  if (request.headers.cookie?.includes('X-BackEndCookie') === true) return;
  response.appendHeader('set-cookie', [
    `exchangecookie=${randomUUID().replaceAll('-', '')}; path=/; Domain=outlook.office365.com; secure; HttpOnly`,
    `X-BackEndCookie=S-1-5-21=${Buffer.from(randomUUID()).toString('base64').slice(0, 20)}; ` +
      `path=/EWS; secure; HttpOnly`,
  ]);
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
