/**
 * ResolveNames. Importers resolve their own address at start: that is answered without any permission. Others are
 * looked for in the directory where the app has User.ReadBasic.All.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/resolvenames-operation
 * @see https://learn.microsoft.com/graph/api/user-list
 */
import { textAt } from '../../../ews/element.ts';
import { errorMessage, ResponseError, successMessage, warningMessage } from '../../../ews/response-messages.ts';
import { element, xml, type XmlFragment } from '../../../ews/xml.ts';
import { GraphError } from '../service/graph-error.ts';
import type { GraphList } from '../service/mailbox-calls.ts';
import { asResponseError, CLOSE, OPEN, type Operation, type OperationContext } from '../operation.ts';

interface Person {
  readonly displayName: string;
  readonly mail: string;
  readonly givenName?: string | null;
  readonly surname?: string | null;
}

const NAME = 'ResolveNames';
/** As many as Exchange gives. */
const MOST = 100;

export const resolveNames: Operation = async function* (context) {
  yield OPEN;
  try {
    const found = await peopleFor(context, textAt(context.request, 'UnresolvedEntry') ?? '');
    yield answer(found, /^(?:true|1)$/.test(context.request.attributes.get('ReturnFullContactData') ?? ''));
  } catch (error) {
    yield errorMessage(NAME, asResponseError(error, 'mailbox'));
  }
  yield CLOSE;
};

function answer(found: readonly Person[], isFull: boolean): XmlFragment {
  if (found.length === 0)
    return errorMessage(NAME, new ResponseError('ErrorNameResolutionNoResults', 'No results were found.'));
  const resolutions = found.map((person) => {
    const { displayName, mail } = person;
    const fields = xml`<t:Name>${displayName}</t:Name><t:EmailAddress>${mail}</t:EmailAddress>`;
    const kind = xml`<t:RoutingType>SMTP</t:RoutingType><t:MailboxType>Mailbox</t:MailboxType>`;
    const contact = isFull ? contactOf(person) : undefined;
    return xml`<t:Resolution><t:Mailbox>${fields}${kind}</t:Mailbox>${contact}</t:Resolution>`;
  });
  // The number must be that of the children: the EWS Managed API throws otherwise.
  const set = xml`<m:ResolutionSet TotalItemsInView="${found.length}"
    IncludesLastItemInRange="${true}">${resolutions}</m:ResolutionSet>`;
  if (found.length === 1) return successMessage(NAME, set);
  const several = new ResponseError('ErrorNameResolutionMultipleResults', 'Multiple results were found.');
  return warningMessage(NAME, several, set);
}

/** What User.ReadBasic.All tells of a person, in the order of ContactItemType. */
function contactOf({ displayName, mail, givenName, surname }: Person): XmlFragment {
  return element('Contact', [
    element('DisplayName', displayName),
    givenName ? element('GivenName', givenName) : undefined,
    xml`<t:EmailAddresses><t:Entry Key="EmailAddress1">SMTP:${mail}</t:Entry></t:EmailAddresses>`,
    element('ContactSource', 'ActiveDirectory'),
    surname ? element('Surname', surname) : undefined,
  ]);
}

async function peopleFor({ own, access, capabilities }: OperationContext, entry: string): Promise<readonly Person[]> {
  const wanted = entry.trim().replace(/^smtp:/i, '');
  if (wanted === '') throw new ResponseError('ErrorInvalidNameForNameResolution', 'The name is not valid.');
  const known = access.mayOpen(wanted);
  if (known !== undefined) return [{ displayName: known.split('@', 1)[0] ?? known, mail: known }];
  // Nobody else is known where there is no directory.
  if (!capabilities.directory) return [];
  const text = wanted.replaceAll("'", "''");
  const $filter = ['displayName', 'mail', 'userPrincipalName', 'surname']
    .map((property) => `startswith(${property},'${text}')`)
    .join(' or ');
  try {
    const { value } = await own.calls.directory<GraphList<Partial<Record<keyof Person, string | null>>>>('/users', {
      $filter,
      $select: 'displayName,mail,givenName,surname',
      $top: MOST,
    });
    return value.flatMap(({ displayName, mail, ...names }) =>
      mail ? [{ displayName: displayName ?? mail, mail, ...names }] : [],
    );
  } catch (error) {
    // Without the permission nobody else is known, which is no error of the request.
    if (error instanceof GraphError && error.status === 403) return [];
    throw error;
  }
}
