/**
 * ExpandDL: the members of a group. Distribution lists with a rule for their members are no groups of Graph.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/expanddl-operation
 * @see https://learn.microsoft.com/graph/api/group-list-members
 */
import { child, textAt } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { element, xml, type XmlFragment } from '../../../ews/xml.ts';
import type { GraphList } from '../service/mailbox-calls.ts';
import { messages, type Operation, type OperationContext } from '../operation.ts';

interface Member {
  readonly '@odata.type'?: string;
  readonly 'displayName'?: string | null;
  readonly 'mail'?: string | null;
}

/** As many as a page of the directory has at most. */
const MOST = 999;
const KINDS: Readonly<Record<string, string>> = {
  '#microsoft.graph.group': 'PublicDL',
  '#microsoft.graph.orgContact': 'Contact',
};

export const expandDl: Operation = (context) =>
  messages('ExpandDL', [child(context.request, 'Mailbox')], 'group', async (mailbox) => {
    const members = await membersOf(context, textAt(mailbox, 'EmailAddress') ?? '');
    const list = members.map(memberElement);
    return xml`<m:DLExpansion TotalItemsInView="${list.length}"
      IncludesLastItemInRange="${true}">${list}</m:DLExpansion>`;
  });

/** @throws ResponseError ErrorNameResolutionNoResults where there is no such group */
async function membersOf(context: OperationContext, address: string): Promise<readonly Member[]> {
  const { own, capabilities } = context;
  const { calls } = own;
  if (!capabilities.directory) throw noSuchGroup();
  const groups = await calls.directory<GraphList<{ readonly id: string }>>('/groups', {
    $filter: `mail eq '${address.replaceAll("'", "''")}'`,
    $select: 'id',
    $top: 2,
  });
  const [group] = groups.value;
  if (address === '' || group === undefined) throw noSuchGroup();
  const $select = 'displayName,mail';
  const members: Member[] = [];
  let page = await calls.directory<GraphList<Member>>(`/groups/${group.id}/members`, { $select, $top: MOST });
  for (;;) {
    members.push(...page.value.filter(({ mail }) => typeof mail === 'string' && mail !== ''));
    const link = page['@odata.nextLink'];
    if (link === undefined) return members;
    page = await calls.next<Member>(link);
  }
}

function noSuchGroup(): ResponseError {
  return new ResponseError('ErrorNameResolutionNoResults', 'No results were found.');
}

function memberElement(member: Member): XmlFragment {
  return element('Mailbox', [
    element('Name', member.displayName ?? member.mail ?? ''),
    element('EmailAddress', member.mail ?? ''),
    element('RoutingType', 'SMTP'),
    element('MailboxType', KINDS[member['@odata.type'] ?? ''] ?? 'Mailbox'),
  ]);
}
