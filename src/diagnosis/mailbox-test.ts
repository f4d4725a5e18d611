/**
 * What the Test button of an import node means: sign in, open the Inbox, count what is unread. It
 * sends what an import sends, and says of a failure whose it is and what to do.
 */
import { errorText } from '../errors.ts';
import type { XmlElement } from '../ews/parse-xml.ts';
import { readAnswer } from '../ews/read-answer.ts';
import { GATEWAY_REQUEST } from '../soap/fault.ts';
import { OPEN_INBOX } from '../ews/requests.ts';
import { explain, type AffectedCaller, type Explanation } from './explanations.ts';
import { COUNT_UNREAD, messagesIn, unreadIn } from './probes.ts';

export interface TestStep {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, or what went wrong. */
  readonly text: string;
  /** With a failure. */
  readonly explanation?: Explanation;
}

export interface MailboxTestResult {
  readonly username: string;
  readonly mailbox: string;
  readonly ok: boolean;
  readonly steps: readonly TestStep[];
  readonly milliseconds: number;
}

export interface EwsAnswer {
  readonly status: number;
  readonly text: string;
}

export interface TestedGateway {
  /**
   * Sends a SOAP request as the caller.
   *
   * @throws Error where there is no answer
   */
  readonly send: (body: string) => Promise<EwsAnswer>;
  /** What the gateway noted of a request, by its id, or of the caller's latest refused sign-in. */
  readonly lookUp: (
    requestId: string | undefined,
  ) => Promise<{ readonly outcome: string; readonly reason: string | undefined } | undefined>;
}

/**
 * Signs in, opens the Inbox and counts what is unread, up to the first failure. Never rejects.
 *
 * @param onStep is called with each step as soon as it is done
 */
export async function testMailbox(
  gateway: TestedGateway,
  caller: AffectedCaller,
  onStep: (step: TestStep) => void = () => undefined,
): Promise<MailboxTestResult> {
  const startedAt = performance.now();
  const steps: TestStep[] = [];
  for await (const step of stepsOf(gateway, caller)) {
    steps.push(step);
    onStep(step);
  }
  return {
    username: caller.username,
    mailbox: caller.mailbox,
    ok: steps.every(({ ok }) => ok),
    steps,
    milliseconds: Math.round(performance.now() - startedAt),
  };
}

async function* stepsOf(gateway: TestedGateway, caller: AffectedCaller): AsyncGenerator<TestStep> {
  const { mailbox, username } = caller;
  const inbox = await ask(gateway, OPEN_INBOX, caller);
  if (inbox.kind === 'failure' && inbox.where === 'sign-in') {
    yield failed('sign in', inbox);
    return;
  }
  if (inbox.kind === 'answer' || inbox.where === 'exchange')
    yield { name: 'sign in', ok: true, text: `the gateway accepts ${username}` };
  if (inbox.kind === 'failure') {
    yield failed('open the Inbox', inbox);
    return;
  }
  const messages = messagesIn(inbox.body) ?? 'an unknown number of';
  yield { name: 'open the Inbox', ok: true, text: `Inbox of ${mailbox}: ${messages} messages` };
  const unread = await ask(gateway, COUNT_UNREAD, caller);
  if (unread.kind === 'failure') yield failed('count unread', unread);
  else yield { name: 'count unread', ok: true, text: `${unreadIn(unread.body) ?? 'an unknown number of'} unread` };
}

interface Failure {
  readonly kind: 'failure';
  /** How far the request came. */
  readonly where: 'nowhere' | 'sign-in' | 'exchange';
  readonly text: string;
  readonly explanation: Explanation | undefined;
}

function failed(name: string, { text, explanation }: Failure): TestStep {
  return { name, ok: false, text, ...(explanation === undefined ? {} : { explanation }) };
}

async function ask(
  gateway: TestedGateway,
  body: string,
  caller: AffectedCaller,
): Promise<{ readonly kind: 'answer'; readonly body: XmlElement } | Failure> {
  const failure = (where: Failure['where'], text: string, explanation?: Explanation): Failure => ({
    kind: 'failure',
    where,
    text,
    explanation,
  });
  let answer: EwsAnswer;
  try {
    answer = await gateway.send(body);
  } catch (error) {
    return failure('nowhere', errorText(error));
  }
  if (answer.status === 401) {
    const noted = await gateway.lookUp(undefined);
    return failure(
      'sign-in',
      noted?.reason ?? 'The gateway does not accept this user name and password.',
      explain(noted?.outcome ?? 'wrong-password', caller),
    );
  }
  const response = readAnswer(answer.text);
  if (response === undefined)
    return failure('exchange', `The answer is not EWS (HTTP ${answer.status}). Is something else listening there?`);
  const { responseCode } = response;
  if (answer.status === 200 && responseCode === 'NoError') return { kind: 'answer', body: response.body };
  const id = GATEWAY_REQUEST.exec(response.text)?.[1];
  // A fault of the gateway's own names its request, of which the gateway knows more than it tells clients.
  const noted = id === undefined ? undefined : await gateway.lookUp(id);
  const text = response.text.replace(GATEWAY_REQUEST, '').trim();
  return failure(
    'exchange',
    id === undefined
      ? `${caller.backend === 'graph' ? 'Microsoft Graph' : 'Exchange'} answers ${responseCode}: ${text}`
      : text,
    explain(noted?.outcome ?? '', caller) ?? explain(responseCode, caller),
  );
}
