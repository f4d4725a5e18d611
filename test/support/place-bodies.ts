/** For each place of callers/mailbox-places.ts a small request, valid by the schemas, that names a mailbox there. */

const GUID = '11111111-2222-4333-8444-555555555555';
const USERS = '<m:UserIds><t:UserId><t:DistinguishedUser>Default</t:DistinguishedUser></t:UserId></m:UserIds>';
const DELEGATES =
  '<m:DelegateUsers><t:DelegateUser><t:UserId><t:DistinguishedUser>Default</t:DistinguishedUser></t:UserId>' +
  '</t:DelegateUser></m:DelegateUsers>';
const search = (scope: string): string =>
  `<m:GetSearchSuggestions><m:SearchSessionId>${GUID}</m:SearchSessionId><m:SearchScope>${scope}</m:SearchScope>` +
  '</m:GetSearchSuggestions>';
const wellKnown = (mailbox: string): string =>
  `<t:FolderScope><t:WellKnownFolder Id="inbox">${mailbox}</t:WellKnownFolder></t:FolderScope>` +
  '<t:IsDeepTraversal>false</t:IsDeepTraversal>';
const getFolder = (id: string): string =>
  `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>${id}</m:FolderIds>` +
  '</m:GetFolder>';

/** By the names of the element around and of the element; `type` is an attribute of the latter. */
const BODIES: Readonly<Record<string, (content: string, type: string) => string>> = {
  'DistinguishedFolderId/Mailbox': (content, type) =>
    getFolder(`<t:DistinguishedFolderId Id="inbox"><t:Mailbox${type}>${content}</t:Mailbox></t:DistinguishedFolderId>`),
  'FolderId/Mailbox': (content) => getFolder(`<t:FolderId Id="x"><t:Mailbox>${content}</t:Mailbox></t:FolderId>`),
  'WellKnownFolder/Mailbox': (content, type) =>
    search(
      `<t:PrimaryMailboxSearchScope>${wellKnown(`<t:Mailbox${type}>${content}</t:Mailbox>`)}` +
        '</t:PrimaryMailboxSearchScope>',
    ),
  'CustomSearchScope/MailboxGuid': (content) =>
    search(`<t:CustomSearchScope><t:MailboxGuid>${content}</t:MailboxGuid>${wellKnown('')}</t:CustomSearchScope>`),
  'SingleLargeArchiveSearchScope/MailboxGuid': (content) =>
    search(
      `<t:SingleLargeArchiveSearchScope><t:MailboxGuid>${content}</t:MailboxGuid>${wellKnown('')}` +
        '</t:SingleLargeArchiveSearchScope>',
    ),
  'CreateManagedFolder/Mailbox': (content, type) =>
    '<m:CreateManagedFolder><m:FolderNames><t:FolderName>x</t:FolderName></m:FolderNames>' +
    `<m:Mailbox${type}>${content}</m:Mailbox></m:CreateManagedFolder>`,
  'GetDelegate/Mailbox': (content, type) =>
    `<m:GetDelegate IncludePermissions="true"><m:Mailbox${type}>${content}</m:Mailbox></m:GetDelegate>`,
  'AddDelegate/Mailbox': (content, type) =>
    `<m:AddDelegate><m:Mailbox${type}>${content}</m:Mailbox>${DELEGATES}</m:AddDelegate>`,
  'UpdateDelegate/Mailbox': (content, type) =>
    `<m:UpdateDelegate><m:Mailbox${type}>${content}</m:Mailbox>${DELEGATES}</m:UpdateDelegate>`,
  'RemoveDelegate/Mailbox': (content, type) =>
    `<m:RemoveDelegate><m:Mailbox${type}>${content}</m:Mailbox>${USERS}</m:RemoveDelegate>`,
  'GetInboxRules/MailboxSmtpAddress': (content) =>
    `<m:GetInboxRules><m:MailboxSmtpAddress>${content}</m:MailboxSmtpAddress></m:GetInboxRules>`,
  'UpdateInboxRules/MailboxSmtpAddress': (content) =>
    `<m:UpdateInboxRules><m:MailboxSmtpAddress>${content}</m:MailboxSmtpAddress><m:Operations>` +
    '<t:DeleteRuleOperation><t:RuleId>x</t:RuleId></t:DeleteRuleOperation></m:Operations></m:UpdateInboxRules>',
  'GetPasswordExpirationDate/MailboxSmtpAddress': (content) =>
    `<m:GetPasswordExpirationDate><m:MailboxSmtpAddress>${content}</m:MailboxSmtpAddress>` +
    '</m:GetPasswordExpirationDate>',
  'GetMailTips/SendingAs': (content, type) =>
    `<m:GetMailTips><m:SendingAs${type}>${content}</m:SendingAs><m:Recipients><t:Mailbox>` +
    '<t:EmailAddress>anybody@fabrikam.test</t:EmailAddress></t:Mailbox></m:Recipients>' +
    '<m:MailTipsRequested>All</m:MailTipsRequested></m:GetMailTips>',
  'GetServiceConfiguration/ActingAs': (content, type) =>
    `<m:GetServiceConfiguration><m:ActingAs${type}>${content}</m:ActingAs><m:RequestedConfiguration>` +
    '<m:ConfigurationName>MailTips</m:ConfigurationName></m:RequestedConfiguration></m:GetServiceConfiguration>',
  'GetSharingFolder/SmtpAddress': (content) =>
    `<m:GetSharingFolder><m:SmtpAddress>${content}</m:SmtpAddress></m:GetSharingFolder>`,
  'GetSharingMetadata/SenderSmtpAddress': (content) =>
    `<m:GetSharingMetadata><m:IdOfFolderToShare Id="x"/><m:SenderSmtpAddress>${content}</m:SenderSmtpAddress>` +
    '<m:Recipients><t:SmtpAddress>anybody@fabrikam.test</t:SmtpAddress></m:Recipients></m:GetSharingMetadata>',
  'GetUserOofSettingsRequest/Mailbox': (content) =>
    `<m:GetUserOofSettingsRequest><t:Mailbox>${content}</t:Mailbox></m:GetUserOofSettingsRequest>`,
  'SetUserOofSettingsRequest/Mailbox': (content) =>
    `<m:SetUserOofSettingsRequest><t:Mailbox>${content}</t:Mailbox><t:UserOofSettings>` +
    '<t:OofState>Disabled</t:OofState><t:ExternalAudience>None</t:ExternalAudience></t:UserOofSettings>' +
    '</m:SetUserOofSettingsRequest>',
  'GetUserPhoto/Email': (content) =>
    `<m:GetUserPhoto><m:Email>${content}</m:Email><m:SizeRequested>HR48x48</m:SizeRequested></m:GetUserPhoto>`,
  'SetUserPhoto/Email': (content) =>
    `<m:SetUserPhoto><m:Email>${content}</m:Email><m:Content>eA==</m:Content></m:SetUserPhoto>`,
  'SetTeamMailbox/EmailAddress': (content, type) =>
    `<m:SetTeamMailbox><m:EmailAddress${type}>${content}</m:EmailAddress>` +
    '<m:SharePointSiteUrl>https://x.test</m:SharePointSiteUrl><m:State>Active</m:State></m:SetTeamMailbox>',
  'UnpinTeamMailbox/EmailAddress': (content, type) =>
    `<m:UnpinTeamMailbox><m:EmailAddress${type}>${content}</m:EmailAddress></m:UnpinTeamMailbox>`,
};

/** A type that only an extension of EmailAddressType has. */
const EXTENDED = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="t:EmailAddressExtendedType"';

/**
 * @param written the address as it stands in the document, escaped
 * @returns a Body's child; throws where no request is known for the place
 */
export function bodyNaming(place: readonly string[], written: string): string {
  const [around = '', element = '', leaf] = place;
  const body = BODIES[`${around}/${element}`];
  if (body === undefined) throw new Error(`no request for ${place.join('/')}`);
  if (leaf === undefined) return body(written, '');
  const isExtended = leaf === 'PrimaryEmailAddress' || leaf === 'ExternalObjectId';
  return body(`<t:${leaf}>${written}</t:${leaf}>`, isExtended ? EXTENDED : '');
}
