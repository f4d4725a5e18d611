/** The paths of the client side. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { EwsDocument } from '../backends/backend.ts';
import type { CallerConfig } from '../config/types.ts';
import type { AuditLog } from '../telemetry/audit-log.ts';
import type { Activity } from '../telemetry/activity.ts';
import { autodiscoverRoute } from './autodiscover-route.ts';
import type { ConnectionTroubles } from './connection-troubles.ts';
import { documentRoute } from './document-route.ts';
import { ewsRoute } from './ews-route.ts';
import type { RequestHandler } from './listener.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { RefusalLog } from '../telemetry/refusal-log.ts';
import type { RunningRequests } from './running-requests.ts';
import type { RouteContext, ServedConfiguration } from './route-context.ts';

export interface AppOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly activity: Activity;
  readonly refusals: RefusalLog;
  readonly running: RunningRequests;
  readonly troubles: ConnectionTroubles;
  /** The audit log in force now, if there is one. */
  readonly audit: () => AuditLog | undefined;
  /** The configuration in force now. */
  readonly runtime: () => ServedConfiguration;
}

/** Path of the EWS endpoint, in any letter case. */
const ENDPOINT = /^\/ews\/exchange\.asmx\/?(?:\?|$)/i;

export interface ClientApp {
  readonly app: FastifyInstance;
  /** Answers every request of the client side. */
  readonly handle: RequestHandler;
  /** The EWS endpoint for a caller who need not sign in. */
  readonly handleAs: (request: IncomingMessage, response: ServerResponse, caller: CallerConfig) => void;
}

const DOCUMENTS: readonly EwsDocument[] = ['Exchange.asmx', 'Services.wsdl', 'messages.xsd', 'types.xsd'];

/**
 * What clients reach: the EWS endpoint and its schemas, in any letter case.
 *
 * The endpoint itself takes the short way past Fastify: its router, content type parsing and hooks
 * have nothing to do for it, and are a tenth of the CPU time of a small request.
 */
export function clientApp(options: AppOptions): ClientApp {
  const { log, metrics, activity, refusals, running, troubles, audit, runtime } = options;
  const app = newApp();
  const nextId = requestIds();
  const context = (as?: CallerConfig): RouteContext => ({
    runtime: runtime(),
    log,
    metrics,
    activity,
    refusals,
    running,
    troubles,
    audit: audit(),
    requestId: nextId(),
    as,
  });
  for (const document of DOCUMENTS) {
    app.get(`/ews/${document.toLowerCase()}`, { exposeHeadRoute: false }, (request, reply) => {
      reply.hijack();
      void documentRoute(request.raw, reply.raw, document, context());
    });
  }
  // Bodies are read by the route, which knows their bounds.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  for (const form of ['xml', 'svc', 'json'] as const) {
    for (const path of form === 'json'
      ? ['/autodiscover/autodiscover.json', '/autodiscover/autodiscover.json/*']
      : [`/autodiscover/autodiscover.${form}`]) {
      app.route({
        method: ['GET', 'POST'],
        url: path,
        exposeHeadRoute: false,
        handler: (request, reply) => {
          reply.hijack();
          void autodiscoverRoute(request.raw, reply.raw, form, context());
        },
      });
    }
  }
  app.setNotFoundHandler((_request, reply) =>
    reply
      .code(404)
      .type('text/plain')
      .send('Nothing here. The EWS endpoint is /ews/exchange.asmx, Autodiscover is /autodiscover/autodiscover.xml\r\n'),
  );
  return {
    app,
    handle: (request, response) => {
      if (request.method === 'POST' && ENDPOINT.test(request.url ?? '')) void ewsRoute(request, response, context());
      else app.routing(request, response);
    },
    handleAs: (request, response, caller) => void ewsRoute(request, response, context(caller)),
  };
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
