/** The paths of the client side and of the admin side. */
import { randomBytes } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { EwsDocument } from '../backend.ts';
import { documentRoute, ewsRoute } from './ews-route.ts';
import type { Metrics } from './metrics.ts';
import { readiness } from './readiness.ts';
import type { Runtime } from './runtime.ts';

export interface AppOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  /** The configuration in force now. */
  readonly runtime: () => Runtime;
  readonly isClosing: () => boolean;
}

const DOCUMENTS: readonly EwsDocument[] = ['Exchange.asmx', 'Services.wsdl', 'messages.xsd', 'types.xsd'];

/** What clients reach: the EWS endpoint and its schemas, in any letter case. */
export function clientApp({ log, metrics, runtime }: AppOptions): FastifyInstance {
  const app = newApp();
  // Bodies are streams for ews-route.ts; Fastify neither reads nor limits them.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  const nextId = requestIds();
  app.post('/ews/exchange.asmx', (request, reply) => {
    reply.hijack();
    void ewsRoute(request.raw, reply.raw, { runtime: runtime(), log, metrics, requestId: nextId() });
  });
  for (const document of DOCUMENTS) {
    app.get(`/ews/${document.toLowerCase()}`, { exposeHeadRoute: false }, (request, reply) => {
      reply.hijack();
      void documentRoute(request.raw, reply.raw, document, { runtime: runtime(), log, metrics, requestId: nextId() });
    });
  }
  app.setNotFoundHandler((_request, reply) => reply.code(404).type('text/plain').send('Nothing here. The EWS endpoint is /ews/exchange.asmx\r\n'));
  return app;
}

/** What the administrator reaches. */
export function adminApp({ metrics, runtime, isClosing }: AppOptions): FastifyInstance {
  const app = newApp();
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const report = await readiness(runtime(), isClosing());
    return reply.code(report.ready ? 200 : 503).send(report);
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()));
  return app;
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
