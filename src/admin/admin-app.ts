/** What the administrator reaches: the status page, and what the command line and monitoring ask. */
import Fastify, { type FastifyInstance } from 'fastify';
import type { AdminOptions } from './admin-options.ts';
import { Admission } from './admission.ts';
import { readiness } from './readiness.ts';
import { statusRoutes } from './status-routes.ts';
import { runMailboxTest } from './test-run.ts';

export function adminApp(options: AdminOptions): FastifyInstance {
  const { log, metrics, activity, runtime, isClosing } = options;
  const app = Fastify({ logger: false, routerOptions: { caseSensitive: false, ignoreTrailingSlash: true } });
  const admission = new Admission(() => runtime().config.admin);
  app.addHook('onRequest', admission.check);
  app.get('/', (_request, reply) => reply.redirect('/status'));
  app.get('/lockouts', async () => ({ locks: await runtime().lockout.locks() }));
  app.post('/lockouts/unlock', { schema: { body: UNLOCK } }, async (request) => {
    const { subject } = request.body as { readonly subject: string };
    return { subject, wasLocked: await unlock(options, subject) };
  });
  app.get('/enrolments', () => ({ windows: runtime().enrolments.windows() }));
  app.post('/enrolments', { schema: { body: ENROL } }, async (request, reply) => {
    const { username, seconds, replace } = request.body as {
      readonly username: string;
      readonly seconds: number;
      readonly replace: boolean;
    };
    const until = new Date(Date.now() + seconds * 1000);
    const refusal = runtime().authenticator.openEnrolment(username, until, replace);
    if (refusal !== undefined) return reply.code(refusal === 'unknown-user' ? 404 : 409).send({ refusal });
    log.warn(
      { caller: username, until },
      'enrolment window opened: the first password that comes for this caller will be taken over',
    );
    return { username, until };
  });
  app.post('/tests', { schema: { body: TEST } }, async (request, reply) => {
    const { username } = request.body as { readonly username: string };
    const result = await runMailboxTest(username, { runtime: runtime(), route: options.route, activity });
    return result ?? reply.code(404).send({ refusal: 'unknown-user' });
  });
  app.get('/requests', () => ({
    requests: activity.recent().map(({ time, ...entry }) => ({ time: new Date(time).toISOString(), ...entry })),
  }));
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const report = await readiness(runtime(), isClosing());
    return reply.code(report.ready ? 200 : 503).send(report);
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  void app.register((scope) =>
    statusRoutes(scope, { ...options, admission, unlock: (subject) => unlock(options, subject) }),
  );
  return app;
}

async function unlock({ log, runtime }: AdminOptions, subject: string): Promise<boolean> {
  const wasLocked = await runtime().lockout.unlock(subject);
  log.info({ subject, wasLocked }, 'unlocked');
  return wasLocked;
}

// Bodies are JSON, which a page of another site cannot send without asking first.
const NAME = { type: 'string', minLength: 1, maxLength: 200 } as const;
const UNLOCK = {
  type: 'object',
  required: ['subject'],
  additionalProperties: false,
  properties: { subject: NAME },
} as const;
const TEST = {
  type: 'object',
  required: ['username'],
  additionalProperties: false,
  properties: { username: NAME },
} as const;
const ENROL = {
  type: 'object',
  required: ['username', 'seconds', 'replace'],
  additionalProperties: false,
  properties: {
    username: NAME,
    seconds: { type: 'integer', minimum: 1, maximum: 86_400 },
    replace: { type: 'boolean' },
  },
} as const;
