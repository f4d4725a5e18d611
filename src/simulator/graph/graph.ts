/**
 * Simulated Microsoft Graph v1.0: the mail endpoints over mailboxes in memory, as strict as the documentation and
 * public threads say. Where those disagree, GraphBehaviour has both answers.
 *
 * @see https://learn.microsoft.com/graph/api/resources/mail-api-overview
 */
import { randomUUID, type KeyObject } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { CertificatePair } from '../certificate.ts';
import { FaultScript } from '../fault-script.ts';
import { readBody, serve, type SimulatedServer } from '../http-server.ts';
import { MailboxError } from '../mailbox/errors.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import type { Organization } from '../mailbox/organization.ts';
import { runBatch } from './batch.ts';
import { ALL_A, type GraphBehaviour } from './behaviour.ts';
import { Call, type GraphAnswer, type GraphRequest, type Service } from './call.ts';
import { DeltaStore } from './delta-store.ts';
import { badRequest, errorBody, fromMailboxError, GraphError, unknownSegment } from './errors.ts';
import type { GraphFault } from './faults.ts';
import { findMailbox } from './mailbox-lookup.ts';
import { LARGEST_BODY } from './message-input.ts';
import { Model, type CloudModel } from './model.ts';
import { requirePermission } from './permissions.ts';
import { checkPersonal, personalBehaviour } from './personal-accounts.ts';
import { Router } from './router.ts';
import { ROUTES } from './routes.ts';
import { defaultSettings, type GraphSettings } from './settings.ts';
import { Throttle } from './throttle.ts';
import { checkToken, type TokenClaims } from './token-check.ts';
import { UploadSessions } from './upload-sessions.ts';
import { marked, play, send, type GraphRequestRecord, type Seen } from './wire.ts';

export interface GraphOptions {
  /** The tenant's mailboxes at this moment. */
  readonly organization: () => Organization;
  /** Entra's key. */
  readonly tokenKey: KeyObject;
  readonly behaviour?: GraphBehaviour;
  readonly cloud?: CloudModel;
}

const AUDIENCES = ['https://graph.microsoft.com', '00000003-0000-0000-c000-000000000000'];

export class GraphSimulator {
  readonly script = new FaultScript<GraphFault>();
  readonly requests: GraphRequestRecord[] = [];
  /** Called after each request. */
  onRequest: (request: GraphRequestRecord) => void = () => undefined;
  behaviour: GraphBehaviour;
  /** Whether a proxy in front of it takes the request-id from every answer. */
  losesRequestIds = false;
  readonly settings: GraphSettings = defaultSettings();
  readonly uploads = new UploadSessions();
  readonly deltas = new DeltaStore();
  readonly model: Model;
  readonly #options: GraphOptions;
  readonly #throttle = new Throttle();
  readonly #router: Router;
  readonly #purged = new Map<string, Set<string>>();
  readonly #lateCounts = new Map<string, { readonly total: number; readonly unread: number }>();
  readonly #noted = new WeakSet<GraphRequest>();
  #server: SimulatedServer | undefined;

  constructor(options: GraphOptions) {
    this.#options = options;
    this.behaviour = options.behaviour ?? ALL_A;
    this.model = new Model(options.cloud);
    this.#router = new Router(ROUTES, this.model);
  }

  async start(tls: CertificatePair | undefined, port?: number, name?: string): Promise<void> {
    this.#server = await serve((request, response) => this.#handle(request, response), tls, port, name);
    // Another host, or at least another port, as outlook.office.com is.
    await this.uploads.start(tls, name === undefined && tls !== undefined ? '127.0.0.1' : undefined);
  }

  /** Where it really listens, on loopback. */
  get port(): number {
    return this.#server?.port ?? 0;
  }

  get origin(): string {
    return this.#server?.origin ?? '';
  }

  get connections(): number {
    return this.#server?.connections() ?? 0;
  }

  /** The most requests of one app that a mailbox saw in flight at once. */
  peakOf({ guid }: Mailbox): number {
    return this.#throttle.peaks.get(guid) ?? 0;
  }

  async close(): Promise<void> {
    await Promise.all([this.#server?.close(), this.uploads.close()]);
  }

  #service(isPersonal: boolean): Service {
    return {
      origin: this.origin,
      organization: this.#options.organization(),
      model: this.model,
      behaviour: isPersonal ? personalBehaviour(this.behaviour) : this.behaviour,
      settings: this.settings,
      deltas: this.deltas,
      uploads: this.uploads,
      purged: this.#purged,
      lateCounts: this.#lateCounts,
    };
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
    );
    if (!this.losesRequestIds) response.setHeader('request-id', randomUUID());
    response.setHeader('client-request-id', headers['client-request-id'] ?? randomUUID());
    response.setHeader('x-ms-ags-diagnostic', '{"ServerInfo":{"DataCenter":"Simulated","Ring":"1"}}');
    const [target = '/', ...query] = (request.url ?? '/').split('?');
    const [, version = '', ...rest] = target.split('/');
    const path = `/${rest.join('/')}`;
    const graphRequest = {
      method: request.method ?? '',
      path,
      query: new URLSearchParams(query.join('?')),
      headers,
      body,
    };
    try {
      if (this.behaviour.bodylessPost === 'lengthRequired' && isLengthMissing(request)) {
        response.writeHead(411, { 'content-type': 'text/html' });
        return void response.end('<HTML><BODY><h2>Length Required</h2></BODY></HTML>');
      }
      const claims = checkToken(headers['authorization'], [this.origin, ...AUDIENCES], this.#options.tokenKey);
      if (version.toLowerCase() !== 'v1.0') throw badRequest(`Invalid version: ${version}.`);
      // Said only after the body was read [threads microsoft-graph-docs#85, #9834].
      if (body.length > LARGEST_BODY)
        throw new GraphError(413, 'RequestEntityTooLarge', 'The request entity is too large.');
      const answer = /^\/\$batch$/i.test(path)
        ? await this.#batch(graphRequest, claims, request)
        : await this.#execute(graphRequest, claims, request);
      if (answer !== undefined) send(request, response, answer);
    } catch (error) {
      this.#refuse(graphRequest, response, error);
    }
  }

  async #batch(request: GraphRequest, claims: TokenClaims, socket: IncomingMessage): Promise<GraphAnswer | undefined> {
    if (request.method !== 'POST') throw new GraphError(405, 'BadRequest', 'The batch endpoint takes POST only.');
    const fault = this.script.take('POST /$batch', request);
    const played = await play(fault, socket);
    if (played !== undefined) return played === 'cut' ? undefined : played;
    const answer = await runBatch(request.body, this.behaviour, async (step) => {
      const done = await this.#execute(step, claims, undefined);
      return done ?? { status: 502 };
    });
    this.#note(request, { template: '/$batch', mailbox: undefined, status: answer.status, inFlight: 0 }, false);
    return marked(answer, fault);
  }

  /** @param socket undefined for a step of a batch, which cannot be cut off */
  async #execute(
    request: GraphRequest,
    claims: TokenClaims,
    socket: IncomingMessage | undefined,
  ): Promise<GraphAnswer | undefined> {
    const seen: Seen = { template: request.path, mailbox: undefined, status: 0, inFlight: 0 };
    let release = (): void => undefined;
    try {
      const { path, isMe } = canonicalPath(request.path);
      const { route, params } = this.#router.match(request.method, path);
      seen.template = route.path;
      const service = this.#service(claims.isPersonal);
      const isMail = route.path.startsWith('/users/{user}/');
      const mailbox =
        params['user'] === undefined
          ? undefined
          : findMailbox(service, isMe ? undefined : params['user'], claims, isMail);
      seen.mailbox = mailbox?.address;
      checkPersonal(claims, route.path, mailbox);
      requirePermission(claims, route.permission, mailbox, this.settings);
      const writes = request.method === 'GET' ? 0 : request.body.length;
      if (mailbox !== undefined && isMail) {
        const slot = this.#throttle.acquire(claims.appid, mailbox.guid, writes, this.behaviour);
        ({ release } = slot);
        seen.inFlight = slot.inFlight;
        this.#requireQuota(request.method, mailbox);
      }
      if (this.settings.latency > 0) await delay(this.settings.latency);
      const fault = this.script.take(`${request.method} ${route.path}`, request);
      const played = await play(fault, socket);
      if (played !== undefined) {
        seen.status = played === 'cut' ? 0 : played.status;
        return played === 'cut' ? undefined : played;
      }
      const call = new Call(request, params, service, claims, mailbox);
      const answer = await route.operation(call);
      seen.status = answer.status;
      return marked(fault?.alter === undefined ? answer : fault.alter(answer, call), fault);
    } catch (error) {
      const refusal = error instanceof MailboxError ? fromMailboxError(error) : error;
      seen.status = refusal instanceof GraphError ? refusal.status : 500;
      throw refusal;
    } finally {
      release();
      this.#note(request, seen, socket === undefined);
    }
  }

  /** [thread microsoft-graph-docs#2927] */
  #requireQuota(method: string, mailbox: Mailbox): void {
    if (!this.settings.overQuota.has(mailbox.address)) return;
    if (method === 'POST' || (method === 'GET' && this.behaviour.quotaOnRead))
      throw fromMailboxError(new MailboxError('quotaExceeded'));
  }

  #refuse(request: GraphRequest, response: ServerResponse, error: unknown): void {
    if (!(error instanceof GraphError)) throw error;
    // What #execute did not note: it did not get there.
    if (!this.#noted.has(request))
      this.#note(request, { template: request.path, mailbox: undefined, status: error.status, inFlight: 0 }, false);
    response.writeHead(error.status, { 'content-type': 'application/json', ...error.headers });
    response.end(
      JSON.stringify(errorBody(error.code, error.message, error.isBare, request.headers['client-request-id'])),
    );
  }

  #note(request: GraphRequest, seen: Seen, isBatchStep: boolean): void {
    this.#noted.add(request);
    const { method, path, query, headers, body } = request;
    const entry = { method, path, query: query.toString(), headers, body, isBatchStep, ...seen };
    this.requests.push(entry);
    this.onRequest(entry);
  }
}

/** `/me` as a user, and a folder below others as the folder alone. */
function canonicalPath(path: string): { readonly path: string; readonly isMe: boolean } {
  const isMe = /^\/me(?=\/|$)/i.test(path);
  const users = isMe ? `/users/me${path.slice(3)}` : path;
  if (users === '/') throw unknownSegment('BadRequest', '');
  return { isMe, path: users.replace(/(\/mailFolders\/)(?:[^/]+\/childFolders\/)+(?=[^/])/i, '$1') };
}

/** [measured] A POST without a body has to say so. */
function isLengthMissing({ method, headers }: IncomingMessage): boolean {
  return method === 'POST' && headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
}
