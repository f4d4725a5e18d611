/** Whether a mailbox opens: GetFolder of its Inbox, as the gateway would send it. */
import type { Config, RegistrationConfig } from '../../config/types.ts';
import { ok, type CheckLine } from '../check-line.ts';
import { OPEN_INBOX } from '../../ews/requests.ts';
import { messagesIn } from '../probes.ts';
import { askExchange, refusalLine } from './ask-exchange.ts';

/**
 * @param token of the app, or of the mailbox with flow: delegated
 * @returns a line that is about the mailbox, without the caller
 */
export async function checkInbox(
  registration: RegistrationConfig,
  config: Config,
  token: string,
  subject: { readonly username: string; readonly mailbox: string },
): Promise<CheckLine> {
  const { name, flow } = registration;
  const { mailbox } = subject;
  const impersonate = flow === 'application';
  const reply = await askExchange(registration, config, token, { ...subject, body: OPEN_INBOX, impersonate });
  if (reply.kind === 'answer' && reply.answer.responseCode === 'NoError')
    return ok(name, `Inbox of ${mailbox}: ${messagesIn(reply.answer.body) ?? 'an unknown number of'} messages`);
  const line = refusalLine(registration, reply, subject);
  return { ...line, text: `Inbox of ${mailbox}: ${line.text}` };
}
