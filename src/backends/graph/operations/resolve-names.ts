/**
 * ResolveNames. Importers resolve their own address at start: that is answered without any permission. Others are
 * looked for in the directory where the app has User.ReadBasic.All.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/resolvenames-operation
 * @see https://learn.microsoft.com/graph/api/user-list
 */
import { textAt } from '../../../ews/element.ts';
import { errorMessage, ResponseError, successMessage, warningMessage } from '../../../ews/response-messages.ts';
import { xml, type XmlFragment } from '../../../ews/xml.ts';
import { GraphError } from '../graph-error.ts';
import type { GraphList } from '../mailbox-calls.ts';
import { asResponseError, CLOSE, OPEN, type Operation, type OperationContext } from '../operation.ts';

interface Person {
  readonly displayName: string;
  readonly mail: string;
}

const NAME = 'ResolveNames';
/** As many as Exchange gives. */
const MOST = 100;

export const resolveNames: Operation = async function* (context) {
  yield OPEN;
  try {
    const found = await peopleFor(context, textAt(context.request, 'UnresolvedEntry') ?? '');
    yield answer(found);
  } catch (error) {
    yield errorMessage(NAME, asResponseError(error, 'mailbox'));
  }
  yield CLOSE;
};

function answer(found: readonly Person[]): XmlFragment {
  if (found.length === 0)
    return errorMessage(NAME, new ResponseError('ErrorNameResolutionNoResults', 'No results were found.'));
  const resolutions = found.map(({ displayName, mail }) => {
    const fields = xml`<t:Name>${displayName}</t:Name><t:EmailAddress>${mail}</t:EmailAddress>`;
    const kind = xml`<t:RoutingType>SMTP</t:RoutingType><t:MailboxType>Mailbox</t:MailboxType>`;
    return xml`<t:Resolution><t:Mailbox>${fields}${kind}</t:Mailbox></t:Resolution>`;
  });
  // The number must be that of the children: the EWS Managed API throws otherwise.
  const set = xml`<m:ResolutionSet TotalItemsInView="${found.length}"
    IncludesLastItemInRange="${true}">${resolutions}</m:ResolutionSet>`;
  if (found.length === 1) return successMessage(NAME, set);
  const several = new ResponseError('ErrorNameResolutionMultipleResults', 'Multiple results were found.');
  return warningMessage(NAME, several, set);
}

async function peopleFor({ own, access }: OperationContext, entry: string): Promise<readonly Person[]> {
  const wanted = entry.trim().replace(/^smtp:/i, '');
  if (wanted === '') throw new ResponseError('ErrorInvalidNameForNameResolution', 'The name is not valid.');
  const known = access.mayOpen(wanted);
  if (known !== undefined) return [{ displayName: known.split('@', 1)[0] ?? known, mail: known }];
  const text = wanted.replaceAll("'", "''");
  const $filter = ['displayName', 'mail', 'userPrincipalName', 'surname']
    .map((property) => `startswith(${property},'${text}')`)
    .join(' or ');
  try {
    const { value } = await own.calls.directory<GraphList<Partial<Record<keyof Person, string | null>>>>('/users', {
      $filter,
      $select: 'displayName,mail',
      $top: MOST,
    });
    return value.flatMap(({ displayName, mail }) => (mail ? [{ displayName: displayName ?? mail, mail }] : []));
  } catch (error) {
    // Without the permission nobody else is known, which is no error of the request.
    if (error instanceof GraphError && error.status === 403) return [];
    throw error;
  }
}
