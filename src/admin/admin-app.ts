/** What the administrator reaches: the status page, and what the command line and monitoring ask. */
import { Ajv, type AnySchema } from 'ajv';
import Fastify, { type FastifyInstance } from 'fastify';
import type { BackendName } from '../config/types.ts';
import type { AdminOptions } from './admin-options.ts';
import { combinedStatus } from '../backends/combined-status.ts';
import { Administration } from './administration.ts';
import { AdminAccess } from './admin-access.ts';
import { backendReports } from './backend-choice.ts';
import { readiness } from './readiness.ts';
import { statusRoutes } from './status-routes.ts';
import { runMailboxTest } from './test-run.ts';

// Keeps what it has compiled, at the first use. Fastify's own would compile at each start.
const ajv = new Ajv();

export function adminApp(options: AdminOptions): FastifyInstance {
  const { metrics, activity, runtime, isClosing } = options;
  const app = Fastify({ logger: false, routerOptions: { caseSensitive: false, ignoreTrailingSlash: true } });
  app.setValidatorCompiler<AnySchema>(({ schema }) => (value) => {
    const validate = ajv.compile(schema);
    return validate(value) ? { value } : { error: validate.errors ?? [] };
  });
  const administration = new Administration(options);
  const access = new AdminAccess(() => runtime().config.admin);
  app.addHook('onRequest', access.check);
  app.get('/', (_request, reply) => reply.redirect('/status'));
  app.get('/lockouts', async () => ({ locks: await runtime().lockout.locks() }));
  app.post('/lockouts/unlock', { schema: { body: UNLOCK } }, async (request) => {
    const { nameOrAddress } = request.body as { readonly nameOrAddress: string };
    return { nameOrAddress, wasLocked: await administration.unlock(nameOrAddress, request.ip) };
  });
  app.get('/enrolments', () => ({ windows: runtime().enrolments.windows() }));
  app.post('/enrolments', { schema: { body: ENROL } }, async (request, reply) => {
    const { username, seconds, replace } = request.body as {
      readonly username: string;
      readonly seconds: number;
      readonly replace: boolean;
    };
    const until = new Date(Date.now() + seconds * 1000);
    const refusal = administration.openEnrolment(username, until, replace, request.ip);
    if (refusal !== undefined) return reply.code(refusal === 'unknown-user' ? 404 : 409).send({ refusal });
    return { username, until };
  });
  app.get('/backends', { schema: { querystring: MAILBOX } }, (request) => {
    const { mailbox } = request.query as { readonly mailbox: string };
    return { backends: backendReports(mailbox, runtime()) };
  });
  app.get('/shadow', () => {
    const found = [...runtime().registrations].map(
      ([name, { backend, backends }]) => [name, combinedStatus(backend.name, backends)] as const,
    );
    return {
      registrations: Object.fromEntries(found.map(([name, { shadow }]) => [name, shadow ?? []])),
      callers: found.flatMap(([, { shadowOfCallers }]) => shadowOfCallers ?? []),
    };
  });
  app.post('/backends', { schema: { body: BACKEND } }, (request, reply) => {
    const { mailbox, backend } = request.body as { readonly mailbox: string; readonly backend: BackendName };
    const registrations = administration.chooseBackend(mailbox, backend, request.ip);
    if (registrations.length === 0) return reply.code(404).send({ refusal: 'unknown-mailbox' });
    return { backends: backendReports(mailbox, runtime()) };
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
  // For load balancers. Without a token a gateway still answers, and better than a balancer without servers.
  app.get('/acceptz', (_request, reply) => {
    const status = isClosing() ? 'stopping' : 'ok';
    return reply.code(isClosing() ? 503 : 200).send({ status });
  });
  app.get('/readyz', async (_request, reply) => {
    const report = await readiness(runtime(), isClosing());
    return reply.code(report.ready ? 200 : 503).send(report);
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  void app.register((scope) => statusRoutes(scope, { ...options, access, administration }));
  return app;
}

// Bodies are JSON, which a page of another site cannot send without asking first.
const NAME = { type: 'string', minLength: 1, maxLength: 200 } as const;
const UNLOCK = {
  type: 'object',
  required: ['nameOrAddress'],
  additionalProperties: false,
  properties: { nameOrAddress: NAME },
} as const;
const TEST = {
  type: 'object',
  required: ['username'],
  additionalProperties: false,
  properties: { username: NAME },
} as const;
const MAILBOX = { type: 'object', required: ['mailbox'], properties: { mailbox: NAME } } as const;
const BACKEND = {
  type: 'object',
  required: ['mailbox', 'backend'],
  additionalProperties: false,
  properties: { mailbox: NAME, backend: { enum: ['ews', 'graph', 'auto'] } },
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
