import t from 'tap';
import { mail } from '../../support/stack.ts';
import { findItem, INBOX, ITEM_IDS, itemIdOf, pick, startExchange } from '../../support/simulated-exchange.ts';

t.test('SyncFolderItems tells what changed since the last time', async (t) => {
  const { call, simulator, keepForSchemas } = await startExchange(t);
  const mailbox = simulator.exchange.mailboxes[0];
  const sync = (state: string, more = ''): Promise<string> =>
    call(
      `<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>` +
        `<m:SyncFolderId>${INBOX}</m:SyncFolderId>` +
        `${state === '' ? '' : `<m:SyncState>${state}</m:SyncState>`}${more}` +
        `<m:MaxChangesReturned>2</m:MaxChangesReturned></m:SyncFolderItems>`,
    );
  const stateOf = (text: string): string => pick(text, /<m:SyncState>([^<]+)</);
  const kinds = (text: string): string[] =>
    [...text.matchAll(/<t:(Create|Update|Delete|ReadFlagChange)>/g)].map((match) => match[1] ?? '');
  for (const subject of ['one', 'two', 'three']) await mailbox?.deliver(mail(subject));
  const first = await sync('');
  t.same(kinds(first), ['Create', 'Create']);
  t.match(first, /IncludesLastItemInRange>false/, 'more is to come');
  const second = await sync(stateOf(first));
  t.same(kinds(second), ['Create']);
  t.match(second, /IncludesLastItemInRange>true/);
  t.same(kinds(await sync(stateOf(second))), [], 'nothing new');
  const id = itemIdOf(first);
  await call(
    `<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"><m:ItemChanges>` +
      `<t:ItemChange><t:ItemId Id="${id}"/><t:Updates><t:SetItemField><t:FieldURI FieldURI="message:IsRead"/>` +
      `<t:Message><t:IsRead>true</t:IsRead></t:Message></t:SetItemField></t:Updates></t:ItemChange>` +
      `</m:ItemChanges></m:UpdateItem>`,
  );
  const third = await sync(stateOf(second));
  t.same(kinds(third), ['ReadFlagChange']);
  await call(
    `<m:MoveItem><m:ToFolderId><t:DistinguishedFolderId Id="notes"/></m:ToFolderId>${ITEM_IDS(id)}</m:MoveItem>`,
  );
  const fourth = await sync(stateOf(third));
  t.same(kinds(fourth), ['Delete'], 'a message that moved away is gone from here');
  t.equal(itemIdOf(fourth), id);
  await call(`<m:DeleteItem DeleteType="HardDelete">${ITEM_IDS(itemIdOf(await call(findItem())))}</m:DeleteItem>`);
  t.same(kinds(await sync(stateOf(fourth))), ['Delete']);
  t.match(await sync('bm90IG9uZQ=='), /ErrorInvalidSyncStateData/);
  keepForSchemas();
});

t.test('SyncFolderHierarchy tells of new folders', async (t) => {
  const { call, keepForSchemas } = await startExchange(t);
  const sync = (state: string): Promise<string> =>
    call(
      `<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>Default</t:BaseShape>` +
        `</m:FolderShape>${state === '' ? '' : `<m:SyncState>${state}</m:SyncState>`}</m:SyncFolderHierarchy>`,
    );
  const first = await sync('');
  t.match(first, /<t:DisplayName>Inbox</);
  await call(
    `<m:CreateFolder><m:ParentFolderId>${INBOX}</m:ParentFolderId><m:Folders><t:Folder>` +
      `<t:DisplayName>Processed</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>`,
  );
  const second = await sync(pick(first, /<m:SyncState>([^<]+)</));
  t.same(
    [...second.matchAll(/<t:DisplayName>(\w+)</g)].map((match) => match[1]),
    ['Processed'],
  );
  keepForSchemas();
});

t.test('a pull subscription tells of events until it is ended', async (t) => {
  const { call, simulator, keepForSchemas } = await startExchange(t);
  const subscribed = await call(
    `<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds>${INBOX}</t:FolderIds><t:EventTypes>` +
      `<t:EventType>NewMailEvent</t:EventType><t:EventType>MovedEvent</t:EventType></t:EventTypes>` +
      `<t:Timeout>10</t:Timeout></m:PullSubscriptionRequest></m:Subscribe>`,
  );
  const id = pick(subscribed, /<m:SubscriptionId>([^<]+)</);
  const events = (mark: string): Promise<string> =>
    call(`<m:GetEvents><m:SubscriptionId>${id}</m:SubscriptionId><m:Watermark>${mark}</m:Watermark></m:GetEvents>`);
  const mark = pick(subscribed, /<m:Watermark>([^<]+)</);
  const silent = await events(mark);
  t.match(silent, /<t:StatusEvent>/, 'nothing happened');
  await simulator.exchange.mailboxes[0]?.deliver(mail('news'));
  const news = await events(pick(silent, /<t:Watermark>([^<]+)</));
  t.match(news, /<t:NewMailEvent>/);
  t.match(await events(mark), /<t:NewMailEvent>/, 'an older watermark gives the same again');
  t.match(await events('bm90IG9uZQ=='), /ErrorInvalidWatermark/);
  t.match(await call(`<m:Unsubscribe><m:SubscriptionId>${id}</m:SubscriptionId></m:Unsubscribe>`), /NoError/);
  t.match(await events(mark), /ErrorSubscriptionNotFound/);
  keepForSchemas();
});

t.test('a streaming subscription tells of events in one long answer, and that it ends', async (t) => {
  const { call, simulator, keepForSchemas } = await startExchange(t);
  const subscribed = await call(
    '<m:Subscribe><m:StreamingSubscriptionRequest SubscribeToAllFolders="true"><t:EventTypes>' +
      '<t:EventType>NewMailEvent</t:EventType></t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>',
  );
  await simulator.exchange.mailboxes[0]?.deliver(mail('news'));
  const id = pick(subscribed, /<m:SubscriptionId>([^<]+)</);
  simulator.exchange.streamingMinute = 50;
  const answer = await call(
    `<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>${id}</t:SubscriptionId></m:SubscriptionIds>` +
      `<m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>`,
  );
  t.equal(answer.match(/<Envelope /g)?.length, 3, 'one envelope after another');
  t.match(answer, /ConnectionStatus>OK.*NewMailEvent.*ConnectionStatus>Closed/s);
  t.match(
    await call(
      '<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>AAAA</t:SubscriptionId></m:SubscriptionIds>' +
        '<m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>',
    ),
    /ErrorSubscriptionNotFound/,
  );
  keepForSchemas();
});
