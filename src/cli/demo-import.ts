/** One capture import as legacy products do it, with the npm client ews-javascript-api and Basic auth. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ImportOptions {
  /** The server address. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Folder for the attachments. */
  readonly output: string;
  readonly say: (line: string) => void;
}

/** What an import did. */
export interface ImportResult {
  readonly messages: number;
  readonly files: readonly string[];
}

/** Lists unread mail in the Inbox, saves attachments, marks each mail read and moves it to "Processed". */
export async function runCaptureImport({ url, username, password, output, say }: ImportOptions): Promise<ImportResult> {
  const ews = await loadClient();
  const service = new ews.ExchangeService(ews.ExchangeVersion.Exchange2013);
  service.Credentials = new ews.WebCredentials(username, password);
  service.Url = new ews.Uri(url);
  const step = (text: string): void => say(`client → gateway   ${text}`);

  step(`open the Inbox of ${username}`);
  const inbox = await ews.Folder.Bind(service, ews.WellKnownFolderName.Inbox);
  step('look for the folder "Processed"');
  const byName = new ews.SearchFilter.IsEqualTo(ews.FolderSchema.DisplayName, 'Processed');
  let [processed] = (await service.FindFolders(inbox.Id, byName, new ews.FolderView(10))).Folders;
  if (processed === undefined) {
    step('create the folder "Processed"');
    processed = new ews.Folder(service);
    processed.DisplayName = 'Processed';
    await processed.Save(inbox.Id);
  }

  const files: string[] = [];
  let messages = 0;
  for (;;) {
    step('list unread mail');
    const unread = new ews.SearchFilter.IsEqualTo(ews.EmailMessageSchema.IsRead, false);
    const found = await service.FindItems(ews.WellKnownFolderName.Inbox, unread, new ews.ItemView(2));
    if (found.Items.length === 0) break;
    for (const { Id } of found.Items) {
      const message = await ews.EmailMessage.Bind(service, Id);
      step(`read "${message.Subject}" from ${message.From.Address}`);
      for (const attachment of message.Attachments.GetEnumerator()) {
        step(`fetch attachment "${attachment.Name}"`);
        await attachment.Load();
        const file = join(output, attachment.Name.replace(/[/\\:*?"<>|]/g, '_'));
        writeFileSync(
          file,
          Buffer.from((attachment as InstanceType<typeof ews.FileAttachment>).Base64Content, 'base64'),
        );
        files.push(file);
      }
      step('mark it read');
      message.IsRead = true;
      await message.Update(ews.ConflictResolutionMode.AutoResolve);
      step('move it to "Processed"');
      await message.Move(processed.Id);
      messages++;
    }
  }
  say(`client             ${messages} messages imported, ${files.length} attachments saved`);
  return { messages, files };
}

async function loadClient(): Promise<typeof import('ews-javascript-api')> {
  try {
    const module = await import('ews-javascript-api');
    // The package is CommonJS, whose names Node does not always find.
    return 'ExchangeService' in module ? module : (module as { default: typeof import('ews-javascript-api') }).default;
  } catch (error) {
    throw new Error(
      'The demo needs the npm package ews-javascript-api: install it with npm install ews-javascript-api.',
      { cause: error },
    );
  }
}
