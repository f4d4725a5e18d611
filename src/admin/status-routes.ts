/** The status page and its buttons, which work without JavaScript: post, redirect, get. */
import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { AddedCaller } from '../config/types.ts';
import type { MailboxTestResult } from '../diagnosis/mailbox-test.ts';
import type { AdminOptions } from './admin-options.ts';
import type { Administration } from './administration.ts';
import type { AdminAccess } from './admin-access.ts';
import { mayChange, statusModel } from './status-model.ts';
import { PAGE_HEADERS, statusPage, type PageOptions } from './status-page.ts';
import { runMailboxTest } from './test-run.ts';

export interface StatusOptions extends AdminOptions {
  readonly access: AdminAccess;
  readonly administration: Administration;
}

type Fields = Readonly<Record<string, unknown>>;

const FORM_BYTES = 32_768;
const MAX_FIELD = 200;
const SHORTEST_REFRESH = 5;
const LONGEST_REFRESH = 3_600;
/** How long an enrolment from the page is open, in milliseconds. */
const ENROLMENT = 900_000;

export async function statusRoutes(scope: FastifyInstance, options: StatusOptions): Promise<void> {
  const { runtime, activity, urls, access, administration } = options;
  const results = new LRUCache<string, MailboxTestResult>({ max: 20 });
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: FORM_BYTES },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  const page = async (more: Omit<PageOptions, 'formToken'>): Promise<string> => {
    const locks = await runtime().lockout.locks();
    return statusPage(
      statusModel({ runtime: runtime(), activity, locks, urls: urls(), logTroubles: options.logTroubles() }),
      { ...more, formToken: access.formToken },
    );
  };
  const refuse = async (reply: FastifyReply, notice: string, draft?: AddedCaller): Promise<FastifyReply> => {
    const html = await page({ notice, draft });
    return reply.code(422).headers(PAGE_HEADERS).send(html);
  };
  /** A form of our own page; of changes to callers, where they are allowed. */
  const post = (
    path: string,
    answer: (fields: Fields, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
  ): void => {
    scope.post(path, async (request, reply) => {
      if (access.isOwnForm(request) && mayChange(runtime().config))
        return answer(request.body as Fields, request, reply);
      return reply
        .code(403)
        .type('text/plain')
        .send('This form is not from this page, or the gateway was restarted since. Load /status again.\r\n');
    });
  };

  scope.get('/status', async (request, reply) => {
    const { result, refresh } = request.query as { readonly result?: unknown; readonly refresh?: unknown };
    const seconds = Number(refresh);
    return reply.headers(PAGE_HEADERS).send(
      await page({
        result: typeof result === 'string' ? results.get(result) : undefined,
        refresh:
          Number.isInteger(seconds) && seconds >= SHORTEST_REFRESH && seconds <= LONGEST_REFRESH ? seconds : undefined,
      }),
    );
  });
  post('/status/test', async (fields, _request, reply) => {
    const result = await runMailboxTest(textOf(fields, 'username'), {
      runtime: runtime(),
      route: options.route,
      activity,
    });
    if (result === undefined) return reply.code(404).type('text/plain').send('There is no such caller any more.\r\n');
    const id = randomBytes(9).toString('base64url');
    results.set(id, result);
    return reply.redirect(`/status?result=${id}#test`, 303);
  });
  post('/status/unlock', async (fields, { ip }, reply) => {
    await administration.unlock(textOf(fields, 'username'), ip);
    return reply.redirect('/status', 303);
  });
  post('/status/enrol', async (fields, { ip }, reply) => {
    const username = textOf(fields, 'username');
    const until = new Date(Date.now() + ENROLMENT);
    const refusal = administration.openEnrolment(username, until, fields['replace'] === 'yes', ip);
    if (refusal === 'unknown-user') return refuse(reply, `There is no caller ${username} any more.`);
    if (refusal === 'has-password') return refuse(reply, `${username} has a password already.`);
    return reply.redirect('/status#callers', 303);
  });
  post('/status/callers', async (fields, { ip }, reply) => {
    const draft = draftOf(fields);
    const problem = await administration.addCaller(draft, ip);
    return problem === undefined ? reply.redirect('/status#callers', 303) : refuse(reply, problem, draft);
  });
  post('/status/callers/remove', async (fields, { ip }, reply) => {
    const problem = await administration.removeCaller(textOf(fields, 'username'), ip);
    return problem === undefined ? reply.redirect('/status#callers', 303) : refuse(reply, problem);
  });
}

function textOf(fields: Fields, name: string, longest = MAX_FIELD): string {
  const value = fields[name];
  return typeof value === 'string' ? value.trim().slice(0, longest) : '';
}

/** The caller that a form describes, to be judged by the validators of the configuration. */
function draftOf(fields: Fields): AddedCaller {
  const mailbox = textOf(fields, 'mailbox');
  const mayImpersonate = textOf(fields, 'mayImpersonate', FORM_BYTES)
    .split(/[\s,;]+/)
    .filter((address) => address !== '');
  return {
    username: textOf(fields, 'username'),
    ...(mailbox === '' ? {} : { mailbox }),
    registration: textOf(fields, 'registration'),
    ...(mayImpersonate.length === 0 ? {} : { mayImpersonate }),
    operations: textOf(fields, 'operations'),
  };
}
