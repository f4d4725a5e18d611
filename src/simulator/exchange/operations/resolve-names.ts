/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/resolvenames-operation */
import { responseMessageList } from '../../../ews/envelope.ts';
import { rawText } from '../item-input.ts';
import { ResponseError, errorMessage, successMessage, warningMessage } from '../../../ews/response-messages.ts';
import { element, trustedMarkup, xml, type XmlFragment } from '../../../ews/xml.ts';
import type { Mailbox } from '../../mailbox/mailbox.ts';
import type { Operation } from '../operation.ts';

const NAME = 'ResolveNames';

/** Names that can't be resolved: see ErrorInvalidNameForNameResolution. */
const INVALID = /^[\s,-]*$/;

export const resolveNames: Operation = {
  name: NAME,
  answer: ({ request, organization }) => {
    const entry = (rawText(request, 'UnresolvedEntry') ?? '')
      .trim()
      .toLowerCase()
      .replace(/^smtp:/, '');
    const isFull = /^(?:true|1)$/.test(request.attributes.get('ReturnFullContactData') ?? '');
    const found = organization.mailboxes.filter((mailbox) =>
      [mailbox.address, mailbox.displayName, ...mailbox.aliases].some((name) => name.toLowerCase().startsWith(entry)),
    );
    return responseMessageList([messageFor(entry, found, isFull)]);
  },
};

/** Several are a warning with all of them, none is an error. */
function messageFor(entry: string, found: readonly Mailbox[], isFull: boolean): XmlFragment {
  if (INVALID.test(entry))
    return errorMessage(NAME, new ResponseError('ErrorInvalidNameForNameResolution', 'The name is not valid.'));
  if (found.length === 0)
    return errorMessage(NAME, new ResponseError('ErrorNameResolutionNoResults', 'No results were found.'));
  const resolutions = found.map((mailbox) =>
    element('Resolution', [mailboxOf(mailbox), isFull ? contactOf(mailbox) : undefined]),
  );
  const set = resolutionSet(resolutions);
  if (found.length === 1) return successMessage(NAME, set);
  return warningMessage(
    NAME,
    new ResponseError('ErrorNameResolutionMultipleResults', 'Multiple results were found.'),
    set,
  );
}

function resolutionSet(all: readonly XmlFragment[]): XmlFragment {
  return xml`<m:ResolutionSet TotalItemsInView="${all.length}" IncludesLastItemInRange="true">${all}</m:ResolutionSet>`;
}

function mailboxOf({ displayName, address }: Mailbox): XmlFragment {
  return element('Mailbox', [
    element('Name', displayName),
    element('EmailAddress', address),
    element('RoutingType', 'SMTP'),
    element('MailboxType', 'Mailbox'),
  ]);
}

function contactOf({ displayName, address, aliases }: Mailbox): XmlFragment {
  const addresses = [address, ...aliases].slice(0, 3);
  const entries = addresses.map((one, index) => {
    const key = trustedMarkup(`EmailAddress${index + 1}`);
    return trustedMarkup(`<t:Entry Key="${key}">${xml`${`SMTP:${one}`}`}</t:Entry>`);
  });
  return element('Contact', [
    element('DisplayName', displayName),
    element('EmailAddresses', entries),
    element('ContactSource', 'ActiveDirectory'),
  ]);
}
