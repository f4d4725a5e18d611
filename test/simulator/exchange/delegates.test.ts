import t from 'tap';
import { startExchange } from '../../support/simulated-exchange.ts';
import { ALICE, BOB } from '../../support/stack.ts';

const get = (users = '', address = ALICE): string =>
  `<m:GetDelegate IncludePermissions="true"><m:Mailbox><t:EmailAddress>${address}</t:EmailAddress></m:Mailbox>` +
  `${users === '' ? '' : `<m:UserIds>${users}</m:UserIds>`}</m:GetDelegate>`;
const user = (address: string): string =>
  `<t:UserId><t:PrimarySmtpAddress>${address}</t:PrimarySmtpAddress></t:UserId>`;

t.test('someone who is no delegate is told apart from nobody and from no SID', async (t) => {
  const { call, keepForSchemas } = await startExchange(t);
  const none = await call(get());
  t.match(none, /ResponseClass="Success"/);
  t.notMatch(none, /DelegateUserResponseMessageType/);
  t.match(await call(get('<t:UserId><t:SID>XXX</t:SID></t:UserId>')), /ErrorInvalidUserSid/);
  t.match(await call(get(user('nobody@contoso.test'))), /ErrorDelegateNoUser/);
  t.match(await call(get(user(BOB))), /ErrorNotDelegate/);
  t.match(await call(get('', BOB)), /ErrorAccessDenied/, 'of another mailbox');
  keepForSchemas();
});
