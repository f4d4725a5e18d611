import t from 'tap';
import { toGraphAlphabet } from '../../../src/ews/ids/alphabet.ts';
import { codesOf, linesOf, startDifferential, withoutKnown } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { ALICE, BOB, startStack } from '../../support/stack.ts';

const MAIL = { alice: '    operations: [mail, GetUserConfiguration, SetUserOofSettings]' } as const;
const ROLES = [
  'Mail.ReadWrite',
  'MailboxSettings.Read',
  'GroupMember.Read.All',
  'User.ReadBasic.All',
  'Calendars.ReadBasic.All',
];
const oof = (address: string): string =>
  `<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>${address}</t:Address></t:Mailbox></m:GetUserOofSettingsRequest>`;
const tips = (...addresses: readonly string[]): string =>
  `<m:GetMailTips><m:SendingAs><t:EmailAddress>${ALICE}</t:EmailAddress></m:SendingAs><m:Recipients>` +
  addresses.map((one) => `<t:Mailbox><t:EmailAddress>${one}</t:EmailAddress></t:Mailbox>`).join('') +
  '</m:Recipients><m:MailTipsRequested>All</m:MailTipsRequested></m:GetMailTips>';
const rules = (address: string): string =>
  `<m:GetInboxRules><m:MailboxSmtpAddress>${address}</m:MailboxSmtpAddress></m:GetInboxRules>`;
const expand = (address: string): string =>
  `<m:ExpandDL><m:Mailbox><t:EmailAddress>${address}</t:EmailAddress></m:Mailbox></m:ExpandDL>`;
const configuration = (folder: string): string =>
  `<m:GetUserConfiguration><m:UserConfigurationName Name="x"><t:DistinguishedFolderId Id="${folder}"/>` +
  '</m:UserConfigurationName><m:UserConfigurationProperties>All</m:UserConfigurationProperties>' +
  '</m:GetUserConfiguration>';
const service = (...kinds: readonly string[]): string =>
  '<m:GetServiceConfiguration><m:RequestedConfiguration>' +
  kinds.map((kind) => `<m:ConfigurationName>${kind}</m:ConfigurationName>`).join('') +
  '</m:RequestedConfiguration></m:GetServiceConfiguration>';

const KNOWN = [
  [/<m:MessageText>[^<]*<\/m:MessageText>/g, 'the words are those of either service'],
  [/<t:(ExternalMemberCount|MaxMessageSize|DeliveryRestricted|IsModerated)>[^<]*<\/t:\1>/g, 'only Graph tells'],
] as const;

t.test('settings, tips and look-ups are answered as by Exchange', async (t) => {
  const { ews, graph } = await startDifferential(t, { ...MAIL, graphRoles: ROLES });
  const replies = {
    status: 'scheduled',
    externalAudience: 'contactsOnly',
    internalReplyMessage: '<b>Away</b>',
    externalReplyMessage: 'Away & out',
    scheduledStartDateTime: { dateTime: '2026-12-01T08:00:00.0000000', timeZone: 'UTC' },
    scheduledEndDateTime: { dateTime: '2026-12-31T08:00:00.0000000', timeZone: 'UTC' },
  };
  const { settings } = graph.simulator.graph;
  settings.automaticReplies.set(ALICE, replies);
  const set =
    `<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>${ALICE}</t:Address></t:Mailbox><t:UserOofSettings>` +
    '<t:OofState>Scheduled</t:OofState><t:ExternalAudience>Known</t:ExternalAudience><t:Duration>' +
    '<t:StartTime>2026-12-01T08:00:00Z</t:StartTime><t:EndTime>2026-12-31T08:00:00Z</t:EndTime></t:Duration>' +
    '<t:InternalReply><t:Message>&lt;b>Away&lt;/b></t:Message></t:InternalReply>' +
    '<t:ExternalReply><t:Message>Away &amp; out</t:Message></t:ExternalReply></t:UserOofSettings>' +
    '</m:SetUserOofSettingsRequest>';
  t.same(codesOf((await ews(envelope(set))).text), ['NoError']);
  for (const [name, request] of [
    ['automatic replies', oof(ALICE)],
    ['those of somebody else', oof(BOB)],
    ['tips', tips(BOB)],
    ['tips for nobody', tips()],
    ['configuration', service('MailTips', 'UnifiedMessagingConfiguration')],
    ['no rules', rules(ALICE)],
    ["somebody else's rules", rules(BOB)],
    ['a group that is none', expand('nobody@contoso.test')],
    ['configuration of a user', configuration('inbox')],
    ['configuration in no folder', configuration('conflicts')],
  ] as const) {
    const [direct, through] = [await ews(envelope(request)), await graph.post(envelope(request))];
    t.ok(codesOf(direct.text).length > 0, name);
    t.same([through.status, codesOf(through.text)], [direct.status, codesOf(direct.text)], `codes of ${name}`);
    if (direct.status === 200) t.same(withoutKnown(through.text, KNOWN), withoutKnown(direct.text, KNOWN), name);
  }
});

t.test('rules and groups, which only the simulated Graph has', async (t) => {
  const stack = await startStack(t, { ...MAIL, graphRoles: ROLES, backend: 'graph' });
  const { settings } = stack.simulator.graph;
  const alice = stack.simulator.exchange.mailboxes.find(({ address }) => address === ALICE);
  const folder = alice?.createFolder('inbox', { displayName: 'Invoices' }).id ?? '';
  settings.rules.set(ALICE, [
    {
      id: 'AQAAAJ5dZqA=',
      displayName: 'Invoices',
      sequence: 1,
      isEnabled: true,
      hasError: false,
      isReadOnly: false,
      conditions: {
        subjectContains: ['invoice'],
        fromAddresses: [{ emailAddress: { name: 'X', address: 'x@fabrikam.test' } }],
        hasAttachments: true,
        importance: 'high',
        withinSizeRange: { minimumSize: 1, maximumSize: 20 },
      },
      actions: { moveToFolder: toGraphAlphabet(folder), stopProcessingRules: true },
    },
  ]);
  settings.groups = [
    {
      id: '33333333-3333-4333-8333-333333333333',
      displayName: 'All',
      mail: 'all@contoso.test',
      members: [BOB, 'x@y.test'],
    },
  ];
  const found = (await stack.post(envelope(rules(ALICE)))).text;
  t.same(
    linesOf(found).filter((line) => /<t:(?!String)\w+>[^<]/.test(line)),
    [
      '<t:RuleId>AQAAAJ5dZqA=</t:RuleId>',
      '<t:DisplayName>Invoices</t:DisplayName>',
      '<t:Priority>1</t:Priority>',
      '<t:IsEnabled>true</t:IsEnabled>',
      '<t:Name>X</t:Name>',
      '<t:EmailAddress>x@fabrikam.test</t:EmailAddress>',
      '<t:RoutingType>SMTP</t:RoutingType>',
      '<t:HasAttachments>true</t:HasAttachments>',
      '<t:Importance>High</t:Importance>',
      '<t:MinimumSize>1</t:MinimumSize>',
      '<t:MaximumSize>20</t:MaximumSize>',
      '<t:StopProcessingRules>true</t:StopProcessingRules>',
    ],
  );
  t.match(found, `<t:MoveToFolder><t:FolderId Id="${folder}"/></t:MoveToFolder>`);
  const members = (await stack.post(envelope(expand('ALL@contoso.test')))).text;
  t.same(
    [...members.matchAll(/<t:EmailAddress>([^<]*)<.*?<t:MailboxType>([^<]*)</g)].map(([, ...pair]) => pair),
    [
      [BOB, 'Mailbox'],
      ['x@y.test', 'Contact'],
    ],
  );
});

t.test('what the app lacks the permission for is named', async (t) => {
  const stack = await startStack(t, { ...MAIL, backend: 'graph' });
  for (const [request, permission] of [
    [oof(ALICE), 'MailboxSettings.Read'],
    [rules(ALICE), 'MailboxSettings.Read'],
    [expand('all@contoso.test'), 'GroupMember.Read.All'],
  ] as const) {
    const { text } = await stack.post(envelope(request));
    t.same(codesOf(text), ['ErrorAccessDenied']);
    t.ok(text.includes(permission), permission);
  }
});
