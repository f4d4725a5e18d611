/**
 * What the cut of the metadata lacks and the endpoints here need, written by hand after the reference pages.
 *
 * @see https://learn.microsoft.com/graph/api/resources/user
 * @see https://learn.microsoft.com/graph/api/resources/group
 * @see https://learn.microsoft.com/graph/api/calendar-getschedule
 * @see https://learn.microsoft.com/graph/api/resources/messageruleactions
 */

export interface ModelType {
  readonly kind: string;
  readonly base?: string;
  readonly properties?: Readonly<Record<string, string>>;
  readonly navigation?: Readonly<Record<string, string>>;
  readonly members?: readonly string[];
}

const strings = (names: string): Record<string, string> =>
  Object.fromEntries(names.split(' ').map((name) => [name, 'Edm.String']));

export const EXTENSION: Readonly<Record<string, ModelType>> = {
  user: {
    kind: 'EntityType',
    base: 'entity',
    properties: {
      ...strings('id givenName surname jobTitle mobilePhone officeLocation preferredLanguage department mailNickname'),
      businessPhones: 'Collection(Edm.String)',
      accountEnabled: 'Edm.Boolean',
    },
  },
  group: {
    kind: 'EntityType',
    base: 'entity',
    properties: {
      ...strings('displayName mail mailNickname description'),
      mailEnabled: 'Edm.Boolean',
      securityEnabled: 'Edm.Boolean',
      groupTypes: 'Collection(Edm.String)',
      proxyAddresses: 'Collection(Edm.String)',
    },
    navigation: { members: 'Collection(user)' },
  },
  event: {
    kind: 'EntityType',
    base: 'outlookItem',
    properties: {
      ...strings('subject bodyPreview iCalUId webLink onlineMeetingUrl'),
      start: 'dateTimeTimeZone',
      end: 'dateTimeTimeZone',
      location: 'location',
      isAllDay: 'Edm.Boolean',
      body: 'itemBody',
      organizer: 'recipient',
      type: 'eventType',
    },
  },
  location: {
    kind: 'ComplexType',
    properties: { ...strings('displayName locationUri uniqueId locationType uniqueIdType') },
  },
  extension: { kind: 'EntityType', base: 'entity', properties: {} },
  scheduleItem: {
    kind: 'ComplexType',
    properties: {
      ...strings('status subject location'),
      start: 'dateTimeTimeZone',
      end: 'dateTimeTimeZone',
      isPrivate: 'Edm.Boolean',
    },
  },
  messageRulePredicates: {
    kind: 'ComplexType',
    properties: {
      bodyContains: 'Collection(Edm.String)',
      fromAddresses: 'Collection(recipient)',
      hasAttachments: 'Edm.Boolean',
      senderContains: 'Collection(Edm.String)',
      sentToMe: 'Edm.Boolean',
      subjectContains: 'Collection(Edm.String)',
    },
  },
  messageRuleActions: {
    kind: 'ComplexType',
    properties: {
      assignCategories: 'Collection(Edm.String)',
      copyToFolder: 'Edm.String',
      delete: 'Edm.Boolean',
      forwardTo: 'Collection(recipient)',
      markAsRead: 'Edm.Boolean',
      markImportance: 'importance',
      moveToFolder: 'Edm.String',
      permanentDelete: 'Edm.Boolean',
      redirectTo: 'Collection(recipient)',
      stopProcessingRules: 'Edm.Boolean',
    },
  },
  automaticRepliesStatus: { kind: 'EnumType', members: ['disabled', 'alwaysEnabled', 'scheduled'] },
  externalAudienceScope: { kind: 'EnumType', members: ['none', 'contactsOnly', 'all'] },
};
