/** The paths of the client side and of the admin side. */
import { randomBytes } from 'node:crypto';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { EwsDocument } from '../backend.ts';
import type { AuditLog } from '../logging/audit-log.ts';
import { HeadMemory } from '../soap/head-memory.ts';
import { documentRoute, ewsRoute, type RouteContext } from './ews-route.ts';
import type { RequestHandler } from './listener.ts';
import type { Metrics } from './metrics.ts';
import { readiness } from './readiness.ts';
import type { Runtime } from './runtime.ts';

export interface AppOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  /** The audit log in force now, if there is one. */
  readonly audit: () => AuditLog | undefined;
  /** The configuration in force now. */
  readonly runtime: () => Runtime;
  readonly isClosing: () => boolean;
}

/** Path of the EWS endpoint, in any letter case. */
const ENDPOINT = /^\/ews\/exchange\.asmx\/?(?:\?|$)/i;

export interface ClientApp {
  readonly app: FastifyInstance;
  /** Answers every request of the client side. */
  readonly handle: RequestHandler;
}

const DOCUMENTS: readonly EwsDocument[] = ['Exchange.asmx', 'Services.wsdl', 'messages.xsd', 'types.xsd'];

/**
 * What clients reach: the EWS endpoint and its schemas, in any letter case.
 *
 * The endpoint itself takes the short way past Fastify: its router, content type parsing and hooks
 * have nothing to do for it, and are a tenth of the CPU time of a small request.
 */
export function clientApp({ log, metrics, audit, runtime }: AppOptions): ClientApp {
  const app = newApp();
  const heads = new HeadMemory();
  const nextId = requestIds();
  const context = (): RouteContext => ({ runtime: runtime(), log, metrics, audit: audit(), heads, requestId: nextId() });
  for (const document of DOCUMENTS) {
    app.get(`/ews/${document.toLowerCase()}`, { exposeHeadRoute: false }, (request, reply) => {
      reply.hijack();
      void documentRoute(request.raw, reply.raw, document, context());
    });
  }
  app.setNotFoundHandler((_request, reply) => reply.code(404).type('text/plain').send('Nothing here. The EWS endpoint is /ews/exchange.asmx\r\n'));
  return {
    app,
    handle: (request, response) => {
      if (request.method === 'POST' && ENDPOINT.test(request.url ?? '')) void ewsRoute(request, response, context());
      else app.routing(request, response);
    },
  };
}

/** What the administrator reaches. */
export function adminApp({ log, metrics, runtime, isClosing }: AppOptions): FastifyInstance {
  const app = newApp();
  app.addHook('onRequest', refuseForeignHosts);
  app.get('/lockouts', () => ({ locks: runtime().lockout.locks() }));
  app.post('/lockouts/unlock', { schema: { body: UNLOCK } }, async (request) => {
    const { subject } = request.body as { readonly subject: string };
    const wasLocked = await runtime().lockout.unlock(subject);
    log.info({ subject, wasLocked }, 'unlocked');
    return { subject, wasLocked };
  });
  app.get('/enrolments', () => ({ windows: runtime().enrolments.windows() }));
  app.post('/enrolments', { schema: { body: ENROL } }, async (request, reply) => {
    const { username, seconds, replace } = request.body as { readonly username: string; readonly seconds: number; readonly replace: boolean };
    const until = new Date(Date.now() + seconds * 1000);
    const refusal = runtime().authenticator.openEnrolment(username, until, replace);
    if (refusal !== undefined) return reply.code(refusal === 'unknown-user' ? 404 : 409).send({ refusal });
    log.warn({ caller: username, until }, 'enrolment window opened: the first password that comes for this caller will be taken over');
    return { username, until };
  });
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const report = await readiness(runtime(), isClosing());
    return reply.code(report.ready ? 200 : 503).send(report);
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()));
  return app;
}

/** JSON, which a page of another site cannot send without asking first. */
const UNLOCK = { type: 'object', required: ['subject'], additionalProperties: false, properties: { subject: { type: 'string', minLength: 1, maxLength: 200 } } } as const;

const ENROL = {
  type: 'object',
  required: ['username', 'seconds', 'replace'],
  additionalProperties: false,
  properties: { username: { type: 'string', minLength: 1, maxLength: 200 }, seconds: { type: 'integer', minimum: 1, maximum: 86_400 }, replace: { type: 'boolean' } },
} as const;

/**
 * The admin address trusts whoever reaches it, so it must be reached as what it is: a page in the
 * administrator's browser could point a name of its own at 127.0.0.1 (DNS rebinding).
 */
function refuseForeignHosts(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  if (/^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})(?::\d{1,5})?$/i.test(request.headers.host ?? '')) done();
  else void reply.code(421).type('text/plain').send('Use this address by its number, for example http://127.0.0.1:8026\r\n');
}

function newApp(): FastifyInstance {
  return Fastify({ logger: false, routerOptions: { caseSensitive: false, ignoreTrailingSlash: true } });
}

/** Ids that differ between requests and between runs of the gateway. */
function requestIds(): () => string {
  const run = randomBytes(4).toString('hex');
  let count = 0;
  return () => `${run}-${++count}`;
}
