/**
 * ResolveNames, ConvertId, GetServerTimeZones.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/resolvenames-operation
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/convertid-operation
 */
import type { Mailbox } from '../../mailbox/mailbox.ts';
import { listOf, ResponseError, responseMessages, type Operation } from '../operation.ts';
import { attribute, children, child, tag, textAt, wrap } from '../xml.ts';

export const resolveNames: Operation = ({ request, organization }) =>
  responseMessages('ResolveNames', [request], () => {
    const entry = (textAt(request, 'UnresolvedEntry') ?? '').toLowerCase().replace(/^smtp:/, '');
    const found = organization.mailboxes.filter((mailbox) =>
      [mailbox.address, mailbox.displayName, ...mailbox.aliases].some((name) => name.toLowerCase().startsWith(entry)),
    );
    if (entry === '' || found.length === 0)
      throw new ResponseError('ErrorNameResolutionNoResults', 'No results were found.');
    const resolutions = found.map((mailbox) => wrap('Resolution', wrap('Mailbox', mailboxFields(mailbox)))).join('');
    return `<m:ResolutionSet${attribute('TotalItemsInView', found.length)} IncludesLastItemInRange="true">${resolutions}</m:ResolutionSet>`;
  });

function mailboxFields({ displayName, address }: Mailbox): string {
  return (
    tag('Name', displayName) + tag('EmailAddress', address) + tag('RoutingType', 'SMTP') + tag('MailboxType', 'Mailbox')
  );
}

/** Clients learn their own mailbox from the answer's Mailbox attribute, whatever they sent. */
export const convertId: Operation = (context) => {
  const format = context.request.getAttribute('DestinationFormat') ?? 'EwsId';
  return responseMessages('ConvertId', listOf(context, 'SourceIds'), (source) => {
    const id = source.getAttribute('Id') ?? '';
    if (id === '') throw new ResponseError('ErrorInvalidIdMalformed', 'Id is malformed.');
    const attributes =
      attribute('Format', format) + attribute('Id', id) + attribute('Mailbox', context.mailbox.address);
    return `<m:AlternateId xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="t:AlternateIdType"${attributes}/>`;
  });
};

const TIME_ZONES = [
  { id: 'UTC', name: '(UTC) Coordinated Universal Time', bias: 'PT0S' },
  {
    id: 'W. Europe Standard Time',
    name: '(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna',
    bias: '-PT1H',
  },
  { id: 'Eastern Standard Time', name: '(UTC-05:00) Eastern Time (US & Canada)', bias: 'PT5H' },
] as const;

export const getServerTimeZones: Operation = ({ request }) => {
  const wanted = new Set(children(child(request, 'Ids')).map((id) => id.textContent ?? ''));
  const full = request.getAttribute('ReturnFullTimeZoneData') !== 'false';
  return responseMessages('GetServerTimeZones', [request], () => {
    const zones = TIME_ZONES.filter(({ id }) => wanted.size === 0 || wanted.has(id)).map(({ id, name, bias }) => {
      const period = wrap('Periods', `<t:Period${attribute('Bias', bias)} Name="Standard" Id="std"/>`);
      const group = wrap(
        'TransitionsGroups',
        wrap('TransitionsGroup', '<t:Transition><t:To Kind="Period">std</t:To></t:Transition>', attribute('Id', 0)),
      );
      const transitions = wrap('Transitions', '<t:Transition><t:To Kind="Group">0</t:To></t:Transition>');
      return wrap(
        'TimeZoneDefinition',
        full ? period + group + transitions : '',
        attribute('Id', id) + attribute('Name', name),
      );
    });
    return `<m:TimeZoneDefinitions>${zones.join('')}</m:TimeZoneDefinitions>`;
  });
};
