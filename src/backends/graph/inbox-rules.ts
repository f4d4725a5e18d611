/**
 * Rules of the Inbox as EWS elements. Those that only an Outlook carries out are not among Graph's.
 *
 * @see https://learn.microsoft.com/graph/api/resources/messagerule
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/rule-ruletype
 */
import type {
  MessageRule,
  MessageRuleActions,
  MessageRulePredicates,
  Recipient,
} from '@microsoft/microsoft-graph-types';
import { toEwsAlphabet } from '../../ews/ids/alphabet.ts';
import { element, xml, type XmlFragment } from '../../ews/xml.ts';

type Kind = 'strings' | 'people' | 'boolean' | 'enum' | 'folder' | 'sizes';
type Rows<Member extends string> = readonly (readonly [element: string, member: Member, kind: Kind])[];

/** In the order of types.xsd (RulePredicatesType). */
const PREDICATES: Rows<keyof MessageRulePredicates> = [
  ['Categories', 'categories', 'strings'],
  ['ContainsBodyStrings', 'bodyContains', 'strings'],
  ['ContainsHeaderStrings', 'headerContains', 'strings'],
  ['ContainsRecipientStrings', 'recipientContains', 'strings'],
  ['ContainsSenderStrings', 'senderContains', 'strings'],
  ['ContainsSubjectOrBodyStrings', 'bodyOrSubjectContains', 'strings'],
  ['ContainsSubjectStrings', 'subjectContains', 'strings'],
  ['FlaggedForAction', 'messageActionFlag', 'enum'],
  ['FromAddresses', 'fromAddresses', 'people'],
  ['HasAttachments', 'hasAttachments', 'boolean'],
  ['Importance', 'importance', 'enum'],
  ['IsApprovalRequest', 'isApprovalRequest', 'boolean'],
  ['IsAutomaticForward', 'isAutomaticForward', 'boolean'],
  ['IsAutomaticReply', 'isAutomaticReply', 'boolean'],
  ['IsEncrypted', 'isEncrypted', 'boolean'],
  ['IsMeetingRequest', 'isMeetingRequest', 'boolean'],
  ['IsMeetingResponse', 'isMeetingResponse', 'boolean'],
  ['IsNDR', 'isNonDeliveryReport', 'boolean'],
  ['IsPermissionControlled', 'isPermissionControlled', 'boolean'],
  ['IsReadReceipt', 'isReadReceipt', 'boolean'],
  ['IsSigned', 'isSigned', 'boolean'],
  ['IsVoicemail', 'isVoicemail', 'boolean'],
  ['NotSentToMe', 'notSentToMe', 'boolean'],
  ['SentCcMe', 'sentCcMe', 'boolean'],
  ['SentOnlyToMe', 'sentOnlyToMe', 'boolean'],
  ['SentToAddresses', 'sentToAddresses', 'people'],
  ['SentToMe', 'sentToMe', 'boolean'],
  ['SentToOrCcMe', 'sentToOrCcMe', 'boolean'],
  ['Sensitivity', 'sensitivity', 'enum'],
  ['WithinSizeRange', 'withinSizeRange', 'sizes'],
];

/** In the order of types.xsd (RuleActionsType). */
const ACTIONS: Rows<keyof MessageRuleActions> = [
  ['AssignCategories', 'assignCategories', 'strings'],
  ['CopyToFolder', 'copyToFolder', 'folder'],
  ['Delete', 'delete', 'boolean'],
  ['ForwardAsAttachmentToRecipients', 'forwardAsAttachmentTo', 'people'],
  ['ForwardToRecipients', 'forwardTo', 'people'],
  ['MarkImportance', 'markImportance', 'enum'],
  ['MarkAsRead', 'markAsRead', 'boolean'],
  ['MoveToFolder', 'moveToFolder', 'folder'],
  ['PermanentDelete', 'permanentDelete', 'boolean'],
  ['RedirectToRecipients', 'redirectTo', 'people'],
  ['StopProcessingRules', 'stopProcessingRules', 'boolean'],
];

export function ruleElement(rule: MessageRule): XmlFragment {
  return element('Rule', [
    ...(rule.id === undefined ? [] : [element('RuleId', rule.id)]),
    element('DisplayName', rule.displayName ?? ''),
    element('Priority', rule.sequence ?? 0),
    element('IsEnabled', rule.isEnabled === true),
    ...(rule.hasError === true ? [element('IsInError', true)] : []),
    ...members('Conditions', PREDICATES, rule.conditions),
    ...members('Exceptions', PREDICATES, rule.exceptions),
    ...members('Actions', ACTIONS, rule.actions),
  ]);
}

function members<Member extends string>(
  name: string,
  rows: Rows<Member>,
  from: Readonly<Partial<Record<Member, unknown>>> | null | undefined,
): XmlFragment[] {
  if (from === null || from === undefined) return [];
  const found = rows.flatMap(([own, member, kind]) => {
    const value = from[member];
    return value === null || value === undefined ? [] : [element(own, contentOf(kind, value))];
  });
  return found.length === 0 ? [] : [element(name, found)];
}

function contentOf(kind: Kind, value: unknown): XmlFragment | XmlFragment[] | string | boolean {
  switch (kind) {
    case 'strings':
      return (value as readonly string[]).map((text) => element('String', text));
    case 'people':
      return (value as readonly Recipient[]).map(({ emailAddress }) =>
        element('Address', [
          element('Name', emailAddress?.name ?? ''),
          element('EmailAddress', emailAddress?.address ?? ''),
          element('RoutingType', 'SMTP'),
        ]),
      );
    case 'boolean':
      return value === true;
    case 'enum':
      return capitalized(value as string);
    case 'folder':
      return xml`<t:FolderId Id="${toEwsAlphabet(value as string)}"/>`;
    case 'sizes': {
      const { minimumSize, maximumSize } = value as { readonly minimumSize?: number; readonly maximumSize?: number };
      return [
        ...(minimumSize === undefined ? [] : [element('MinimumSize', minimumSize)]),
        ...(maximumSize === undefined ? [] : [element('MaximumSize', maximumSize)]),
      ];
    }
  }
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
