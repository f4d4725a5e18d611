/**
 * Autodiscover: tells a signed-in caller where its EWS is, which is here. Clients come in differing
 * ways: the EWS Managed API first GETs the XML address without credentials and goes on with SOAP if
 * the 401 has X-SOAP-Enabled; others POST plain XML at once, or know only SOAP.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/autodiscover-for-exchange
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { jsonAnswer } from '../autodiscover/json.ts';
import { OUTLOOK_SCHEMA, poxError, poxSettings } from '../autodiscover/pox.ts';
import {
  MAX_REQUEST_BYTES,
  MAX_SETTINGS,
  MAX_USERS,
  readPoxRequest,
  readSoapRequest,
  UnreadableRequest,
} from '../autodiscover/request.ts';
import {
  domainSettingsAnswer,
  invalidRequestAnswer,
  soapFault,
  userSettingsAnswer,
  type Finding,
} from '../autodiscover/soap.ts';
import { mailboxOf } from '../callers/mailboxes.ts';
import type { CallerConfig } from '../config/types.ts';
import { GatewayError } from '../errors.ts';
import { RequestBody } from '../backends/request-body.ts';
import { continueBody } from './challenge.ts';
import { sendFault } from './fault-response.ts';
import { authenticate } from './authenticate.ts';
import { isSecure, recordOf, type RouteContext } from './route-context.ts';
import type { TrackedRequest } from './running-requests.ts';

export type AutodiscoverForm = 'xml' | 'svc' | 'json';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const SOAP_ENABLED = { 'x-soap-enabled': 'True' };
const XML = 'text/xml; charset=utf-8';

/** Answers a request to one of the Autodiscover addresses. Never rejects. */
export async function autodiscoverRoute(
  request: IncomingMessage,
  response: ServerResponse,
  form: AutodiscoverForm,
  context: RouteContext,
): Promise<void> {
  const record = recordOf(request, context);
  record.operation = 'Autodiscover';
  let running: TrackedRequest | undefined;
  try {
    if (redirectsToTls(request, response, context)) return;
    const caller = await authenticate(request, response, record, { ...context, challengeHeaders: SOAP_ENABLED });
    if (caller === undefined) return;
    const { mailbox } = caller;
    const { limits } = context.runtime.config;
    const remoteAddress = request.socket.remoteAddress ?? '';
    record.mailbox = mailbox;
    const operation = record.operation;
    running = context.running.enter({ caller, operation, mailbox, remoteAddress, request, response, limits });
    continueBody(request, response);
    const body = await readBody(request);
    record.requestBytes = body.length;
    const ewsUrl = `${originOf(request, context)}/EWS/Exchange.asmx`;
    const find = (address: string): Finding =>
      mayKnow(caller, address) ? { ewsUrl, mailbox: address.includes('@') ? address : caller.mailbox } : 'InvalidUser';
    const answer = {
      xml: () => answerPox(request, body, find, record.id),
      svc: () => answerSoap(request, body, caller, find, ewsUrl),
      json: () => answerJson(request, find, originOf(request, context)),
    }[form]();
    response.writeHead(answer.status, {
      ...SOAP_ENABLED,
      'content-type': answer.type,
      'content-length': Buffer.byteLength(answer.body),
      'cache-control': 'private',
    });
    response.end(answer.body);
    record.answered({ status: answer.status, bytes: Buffer.byteLength(answer.body), fault: undefined }, context);
  } catch (error) {
    const failure = GatewayError.from(error);
    record.failed(failure, sendFault(response, failure, '1.1', record.id), context);
  } finally {
    if (running !== undefined) context.running.leave(running);
  }
}

/** Clients follow a redirect from plain HTTP to https, but do not send credentials before it. */
function redirectsToTls(request: IncomingMessage, response: ServerResponse, { runtime }: RouteContext): boolean {
  const { publicUrl } = runtime.config;
  if (
    publicUrl?.startsWith('https:') !== true ||
    request.method !== 'GET' ||
    request.headers.authorization !== undefined ||
    isSecure(request)
  )
    return false;
  response.writeHead(302, { 'location': `${publicUrl}/autodiscover/autodiscover.xml`, 'content-length': 0 }).end();
  return true;
}

/** The gateway's origin: as configured, or as the client's request came. */
function originOf(request: IncomingMessage, { runtime }: RouteContext): string {
  const { publicUrl } = runtime.config;
  if (publicUrl !== undefined) return publicUrl;
  const host = request.headers.host ?? '';
  const origin = URL.parse(`${isSecure(request) ? 'https' : 'http'}://${host}`);
  if (origin === null || !/^[\w.:[\]-]+$/.test(host))
    throw new GatewayError(
      'REQUEST_UNDECIDABLE',
      'The Host header of the request is no host name. Set publicUrl in the configuration.',
    );
  return origin.origin;
}

/** An address that is the caller's own, or may be opened by it. */
function mayKnow(caller: CallerConfig, address: string): boolean {
  return mailboxOf(caller, address) !== undefined || address.toLowerCase() === caller.username.toLowerCase();
}

function answerPox(
  request: IncomingMessage,
  body: Buffer,
  find: (address: string) => Finding,
  requestId: string,
): Answer {
  const answer = (text: string): Answer => ({ status: 200, type: XML, body: text });
  if (request.method === 'GET') return answer(poxError(600, requestId));
  try {
    const { address, acceptableResponseSchema } = readPoxRequest(body);
    if (address === undefined || address === '') return answer(poxError(600, requestId));
    if (acceptableResponseSchema !== undefined && acceptableResponseSchema.toLowerCase() !== OUTLOOK_SCHEMA)
      return answer(poxError(601, requestId));
    const finding = find(address);
    return answer(typeof finding === 'string' ? poxError(500, requestId) : poxSettings(finding));
  } catch (error) {
    if (error instanceof UnreadableRequest) return answer(poxError(600, requestId));
    throw error;
  }
}

function answerSoap(
  request: IncomingMessage,
  body: Buffer,
  caller: CallerConfig,
  find: (address: string) => Finding,
  ewsUrl: string,
): Answer {
  if (request.method === 'GET')
    return {
      status: 200,
      type: 'text/plain; charset=utf-8',
      body: 'Autodiscover in SOAP: POST GetUserSettings or GetDomainSettings here.\r\n',
    };
  const answer = (status: number, text: string): Answer => ({ status, type: XML, body: text });
  try {
    const { operation, names, settings } = readSoapRequest(body);
    if (operation === undefined)
      return answer(500, soapFault('Only GetUserSettings and GetDomainSettings are supported here.'));
    if (names.length === 0 || settings.length === 0)
      return answer(
        200,
        invalidRequestAnswer(operation, 'A request names at least one mailbox or domain, and one setting.'),
      );
    if (names.length > MAX_USERS)
      return answer(200, invalidRequestAnswer(operation, `A request names at most ${MAX_USERS} mailboxes or domains.`));
    if (settings.length > MAX_SETTINGS)
      return answer(200, invalidRequestAnswer(operation, `A request names at most ${MAX_SETTINGS} settings.`));
    if (operation === 'GetUserSettings') return answer(200, userSettingsAnswer(names.map(find), settings));
    const domains = new Set(
      [caller.mailbox, ...caller.mayImpersonate].map((address) =>
        address.slice(address.indexOf('@') + 1).toLowerCase(),
      ),
    );
    return answer(
      200,
      domainSettingsAnswer(
        names.map((domain) =>
          domains.has(domain.toLowerCase()) ? { ewsUrl, mailbox: caller.mailbox } : 'InvalidDomain',
        ),
        settings,
      ),
    );
  } catch (error) {
    if (error instanceof UnreadableRequest)
      return answer(500, soapFault('The request is no XML document that can be read.'));
    throw error;
  }
}

/** The address stands in the path (…/v1.0/ADDRESS) or in the query. */
function answerJson(request: IncomingMessage, find: (address: string) => Finding, origin: string): Answer {
  const url = new URL(request.url ?? '/', origin);
  const query = new Map([...url.searchParams].map(([name, value]) => [name.toLowerCase(), value]));
  const address = query.get('email') ?? decode(/\/v1\.0\/([^/]+)\/?$/i.exec(url.pathname)?.[1]);
  const { status, body } = jsonAnswer({
    address,
    protocol: query.get('protocol'),
    found: address !== undefined && typeof find(address) !== 'string',
    origin,
  });
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(body) };
}

function decode(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_REQUEST_BYTES) throw tooLarge();
  const body = new RequestBody(request);
  while (!body.ended) {
    await body.more(body.received);
    if (body.received > MAX_REQUEST_BYTES) {
      body.discard();
      throw tooLarge();
    }
  }
  return body.beginning();
}

function tooLarge(): GatewayError {
  return new GatewayError('ENVELOPE_HEAD_TOO_LARGE', `An Autodiscover request has at most ${MAX_REQUEST_BYTES} bytes.`);
}
