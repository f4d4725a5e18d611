/**
 * What the Test button of an import node means: sign in, open the Inbox, count what is unread. It
 * sends what an import sends, and says of a failure whose it is and what to do.
 */
import { GATEWAY_REQUEST, readResponse } from '../soap/fault.ts';
import { EWS_MESSAGES, EWS_TYPES, SOAP_11 } from '../soap/namespaces.ts';
import { explain, type Explanation, type Subject } from './explanations.ts';

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

/** Version and shape of old importers. */
const HEADER = `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="${SOAP_11}" xmlns:t="${EWS_TYPES}" xmlns:m="${EWS_MESSAGES}"><soap:Header><t:RequestServerVersion Version="Exchange2010_SP2"/></soap:Header><soap:Body>`;
const FOOTER = '</soap:Body></soap:Envelope>';
const OPEN_INBOX = `${HEADER}<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>${FOOTER}`;
const COUNT_UNREAD =
  `${HEADER}<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:IndexedPageItemView MaxEntriesReturned="1" Offset="0" BasePoint="Beginning"/>` +
  `<m:Restriction><t:IsEqualTo><t:FieldURI FieldURI="message:IsRead"/><t:FieldURIOrConstant><t:Constant Value="false"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>` +
  `<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>${FOOTER}`;

/** Never rejects. @param onStep told of each step at once */
export async function testMailbox(
  gateway: TestedGateway,
  subject: Subject,
  onStep: (step: TestStep) => void = () => undefined,
): Promise<MailboxTestResult> {
  const startedAt = performance.now();
  const steps: TestStep[] = [];
  const done = (step: TestStep): boolean => {
    steps.push(step);
    onStep(step);
    return step.ok;
  };
  const { mailbox, username } = subject;

  const inbox = await ask(gateway, OPEN_INBOX, subject);
  if ('text' in inbox && inbox.refusedSignIn)
    done({ name: 'sign in', ok: false, text: inbox.text, ...withExplanation(inbox) });
  else {
    if (!('text' in inbox && inbox.noAnswer))
      done({ name: 'sign in', ok: true, text: `the gateway accepts ${username}` });
    if ('text' in inbox) done({ name: 'open the Inbox', ok: false, text: inbox.text, ...withExplanation(inbox) });
    else if (
      done({
        name: 'open the Inbox',
        ok: true,
        text: `Inbox of ${mailbox}: ${numberIn(inbox.xml, 'TotalCount') ?? 'an unknown number of'} messages`,
      })
    ) {
      const unread = await ask(gateway, COUNT_UNREAD, subject);
      if ('text' in unread) done({ name: 'count unread', ok: false, text: unread.text, ...withExplanation(unread) });
      else
        done({
          name: 'count unread',
          ok: true,
          text: `${/TotalItemsInView="(\d+)"/.exec(unread.xml)?.[1] ?? 'an unknown number of'} unread`,
        });
    }
  }
  return {
    username,
    mailbox,
    ok: steps.every(({ ok }) => ok),
    steps,
    milliseconds: Math.round(performance.now() - startedAt),
  };
}

interface Failure {
  readonly text: string;
  readonly explanation: Explanation | undefined;
  readonly refusedSignIn: boolean;
  readonly noAnswer: boolean;
}

function withExplanation({ explanation }: Failure): Pick<TestStep, 'explanation'> {
  return explanation === undefined ? {} : { explanation };
}

async function ask(
  gateway: TestedGateway,
  body: string,
  subject: Subject,
): Promise<{ readonly xml: string } | Failure> {
  let answer: EwsAnswer;
  try {
    answer = await gateway.send(body);
  } catch (error) {
    return {
      text: error instanceof Error ? error.message : String(error),
      explanation: undefined,
      refusedSignIn: false,
      noAnswer: true,
    };
  }
  const failure = { refusedSignIn: false, noAnswer: false };
  if (answer.status === 401) {
    const noted = await gateway.lookUp(undefined);
    return {
      ...failure,
      text: noted?.reason ?? 'The gateway does not accept this user name and password.',
      explanation: explain(noted?.outcome ?? 'wrong-password', subject),
      refusedSignIn: true,
    };
  }
  const response = readResponse(answer.text);
  if (answer.status === 200 && response?.responseCode === 'NoError') return { xml: answer.text };
  const id = GATEWAY_REQUEST.exec(response?.text ?? '')?.[1];
  // A fault of the gateway's own names its request, of which the gateway knows more than it tells clients.
  const noted = id === undefined ? undefined : await gateway.lookUp(id);
  const text = (response?.text ?? '').replace(GATEWAY_REQUEST, '').trim();
  return {
    ...failure,
    text:
      id !== undefined
        ? text
        : response === undefined
          ? `The answer is not EWS (HTTP ${answer.status}). Is something else listening there?`
          : `Exchange answers ${response.responseCode}: ${text}`,
    explanation: explain(noted?.outcome ?? '', subject) ?? explain(response?.responseCode ?? '', subject),
  };
}

function numberIn(xml: string, element: string): string | undefined {
  return new RegExp(`<(?:[\\w.-]+:)?${element}>(\\d+)<`).exec(xml)?.[1];
}
