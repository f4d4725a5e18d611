/**
 * GetInboxRules.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getinboxrules-operation
 * @see https://learn.microsoft.com/graph/api/mailfolder-list-messagerules
 */
import type { MessageRule } from '@microsoft/microsoft-graph-types';
import { textAt } from '../../../ews/element.ts';
import { xml } from '../../../ews/xml.ts';
import { ruleElement } from '../inbox-rules.ts';
import type { GraphList } from '../service/mailbox-calls.ts';
import { wholeMessage, type Operation } from '../operation.ts';

export const getInboxRules: Operation = (context) =>
  wholeMessage('settings', async () => {
    const address = textAt(context.request, 'MailboxSmtpAddress') ?? '';
    const { calls } = address === '' ? context.own : await context.scopeOf(address);
    const { value } = await calls.get<GraphList<MessageRule>>('/mailFolders/inbox/messageRules');
    const exists = xml`<m:OutlookRuleBlobExists>${false}</m:OutlookRuleBlobExists>`;
    return value.length === 0 ? exists : xml`${exists}<m:InboxRules>${value.map(ruleElement)}</m:InboxRules>`;
  });
