/** The npm client ews-javascript-api: the import of the demo, and what else a program may do. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ews from 'ews-javascript-api';
import { runCaptureImport } from '../../src/cli/demo-import.ts';
import type { ClientRun } from './run.ts';

export async function checkJavaScriptApi(given: ClientRun): Promise<number> {
  const { url, username, sender, password, folder, serves } = given;
  let checks = 0;
  const check = (condition: boolean, what: string): void => {
    assert.ok(condition, what);
    checks++;
  };
  const output = join(folder, 'attachments');
  mkdirSync(output);
  const { messages, files } = await runCaptureImport({ url, username, password, output, say: () => undefined });
  check(messages === 4, 'every message is imported once');
  check(files.length === 4, 'with its attachments');
  check(
    files.some((file) => readFileSync(file).subarray(0, 5).toString() === '%PDF-'),
    'one is a PDF',
  );

  const service = (name: string, secret = password): InstanceType<typeof ews.ExchangeService> => {
    const made = new ews.ExchangeService(ews.ExchangeVersion.Exchange2013);
    made.Credentials = new ews.WebCredentials(name, secret);
    made.Url = new ews.Uri(url);
    return made;
  };
  const importer = service(username);
  const again = await importer.FindItems(ews.WellKnownFolderName.Inbox, new ews.ItemView(10));
  check(again.TotalCount === 0, 'the Inbox is empty');

  const sends = serves('CreateItem', 'SendItem', 'CreateAttachment');
  if (sends) {
    const message = new ews.EmailMessage(service(sender));
    message.Subject = 'a report – Ünïcode';
    message.Body = new ews.MessageBody('done');
    message.ToRecipients.Add(username);
    message.Attachments.AddFileAttachment('a.txt', Buffer.from('attached').toString('base64'));
    await message.SendAndSaveCopy();
    const found = await importer.FindItems(
      ews.WellKnownFolderName.Inbox,
      new ews.SearchFilter.ContainsSubstring(ews.EmailMessageSchema.Subject, 'Ünïcode'),
      new ews.ItemView(10),
    );
    check(found.TotalCount === 1, 'what one caller of the mailbox sent, the other finds');

    const refused = await message.Delete(ews.DeleteMode.HardDelete).then(
      () => false,
      () => true,
    );
    check(refused, 'a sent message has no id any more');
  }
  if (serves('SyncFolderItems')) {
    const changes = await importer.SyncFolderItems(
      new ews.FolderId(ews.WellKnownFolderName.Inbox),
      ews.PropertySet.IdOnly,
      [],
      10,
      ews.SyncFolderItemsScope.NormalItems,
      '',
    );
    check(changes.Count === Number(sends), 'SyncFolderItems tells of what was sent');
  }
  if (serves('SyncFolderHierarchy')) {
    const hierarchy = await importer.SyncFolderHierarchy(
      new ews.FolderId(ews.WellKnownFolderName.MsgFolderRoot),
      ews.PropertySet.IdOnly,
      '',
    );
    check(hierarchy.Count > 5, 'SyncFolderHierarchy lists the folders');
  }
  if (sends && serves('Subscribe', 'GetEvents', 'GetStreamingEvents', 'Unsubscribe'))
    checks += await checkNotifications(importer, service(sender), username);
  const names = await importer.ResolveName(username);
  check(names.Count === 1, 'ResolveNames finds the mailbox');

  await assert.rejects(
    (async () => {
      const mail = new ews.EmailMessage(importer);
      mail.ToRecipients.Add(username);
      await mail.Send();
    })(),
    /operations/,
    'the refusal names the setting',
  );
  checks++;
  await assert.rejects(
    service(username, 'wrong').FindItems(ews.WellKnownFolderName.Inbox, new ews.ItemView(1)),
    'a wrong password is refused',
  );
  checks++;
  return checks;
}

type Service = InstanceType<typeof ews.ExchangeService>;

/** Hears of new mail by pulling and by a stream, over two connections. @returns how many checks passed */
async function checkNotifications(importer: Service, sender: Service, recipient: string): Promise<number> {
  const inbox = new ews.FolderId(ews.WellKnownFolderName.Inbox);
  const send = async (subject: string): Promise<void> => {
    const message = new ews.EmailMessage(sender);
    message.Subject = subject;
    message.ToRecipients.Add(recipient);
    await message.Send();
  };
  const pulled = await importer.SubscribeToPullNotifications([inbox], 10, '', ews.EventType.NewMail);
  const streamed = await importer.SubscribeToStreamingNotifications([inbox], ews.EventType.NewMail);
  const connection = new ews.StreamingSubscriptionConnection(importer, 1);
  connection.AddSubscription(streamed);
  // The last one of a connection may come again with the next: nobody knows whether it was heard.
  const heard = new Set<string>();
  let onHeard: () => void = () => undefined;
  const problems: string[] = [];
  connection.OnNotificationEvent.push((_connection, { Events: events }) => {
    for (const event of events) if (event instanceof ews.ItemEvent) heard.add(event.ItemId.UniqueId);
    onHeard();
  });
  connection.OnSubscriptionError.push((_connection, { Exception: error }) => void problems.push(String(error)));
  for (let count = 1; count <= 2; count++) {
    connection.Open();
    await send(`to be heard of ${count}`);
    while (heard.size < count) await new Promise<void>((resolve) => (onHeard = resolve));
    connection.Close();
  }
  assert.deepEqual([heard.size, problems], [2, []], 'each new message is heard of, over two connections');
  const { ItemEvents: events } = await pulled.GetEvents();
  assert.equal(
    [...events].filter(({ EventType: type }) => type === ews.EventType.NewMail).length,
    2,
    'and pulled once',
  );
  assert.equal([...(await pulled.GetEvents()).ItemEvents].length, 0, 'and not again');
  await pulled.Unsubscribe();
  await streamed.Unsubscribe();
  await assert.rejects(pulled.GetEvents(), 'a subscription that was ended is over');
  return 4;
}
