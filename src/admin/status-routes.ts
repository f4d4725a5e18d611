/** The status page and its two buttons, which work without JavaScript: post, redirect, get. */
import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { MailboxTestResult } from '../diagnosis/mailbox-test.ts';
import type { AdminOptions } from './admin-options.ts';
import type { Admission } from './admission.ts';
import { statusModel } from './status-model.ts';
import { PAGE_HEADERS, statusPage } from './status-page.ts';
import { runMailboxTest } from './test-run.ts';

export interface StatusOptions extends AdminOptions {
  readonly admission: Admission;
  readonly unlock: (subject: string) => Promise<boolean>;
}

const FORM_BYTES = 4_096;
const SHORTEST_REFRESH = 5;
const LONGEST_REFRESH = 3_600;

export async function statusRoutes(scope: FastifyInstance, options: StatusOptions): Promise<void> {
  const { runtime, activity, urls, admission } = options;
  const results = new LRUCache<string, MailboxTestResult>({ max: 20 });
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: FORM_BYTES },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );

  scope.get('/status', async (request, reply) => {
    const { result, refresh } = request.query as { readonly result?: unknown; readonly refresh?: unknown };
    const seconds = Number(refresh);
    const locks = await runtime().lockout.locks();
    return reply.headers(PAGE_HEADERS).send(
      statusPage(
        statusModel({ runtime: runtime(), activity, locks, urls: urls(), logTroubles: options.logTroubles() }),
        {
          formToken: admission.formToken,
          result: typeof result === 'string' ? results.get(result) : undefined,
          refresh:
            Number.isInteger(seconds) && seconds >= SHORTEST_REFRESH && seconds <= LONGEST_REFRESH
              ? seconds
              : undefined,
        },
      ),
    );
  });
  scope.post('/status/test', async (request, reply) => {
    const subject = subjectOf(request, reply, admission);
    if (subject === undefined) return reply;
    const result = await runMailboxTest(subject, { runtime: runtime(), route: options.route, activity });
    if (result === undefined) return reply.code(404).type('text/plain').send('There is no such caller any more.\r\n');
    const id = randomBytes(9).toString('base64url');
    results.set(id, result);
    return reply.redirect(`/status?result=${id}#test`, 303);
  });
  scope.post('/status/unlock', async (request, reply) => {
    const subject = subjectOf(request, reply, admission);
    if (subject === undefined) return reply;
    await options.unlock(subject);
    return reply.redirect('/status', 303);
  });
}

/** Whom a button is about; undefined after a form of another origin was refused. */
function subjectOf(request: FastifyRequest, reply: FastifyReply, admission: Admission): string | undefined {
  if (!admission.isOwnForm(request)) {
    void reply
      .code(403)
      .type('text/plain')
      .send('This form is not from this page, or the gateway was restarted since. Load /status again.\r\n');
    return undefined;
  }
  const { subject } = request.body as { readonly subject?: unknown };
  return typeof subject === 'string' ? subject.slice(0, 200) : '';
}
