/**
 * A capture import in plain SOAP, as legacy programs do it: it lists the Inbox, saves attachments, marks each mail
 * read and moves it to "Processed". What fails is left for the next round, as such programs do.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { envelope } from './envelopes.ts';
import type { Answer } from './stack.ts';

/**
 * Sends one operation; rejects where the connection breaks.
 *
 * @param step what it is of the import, for example `GetAttachment 2 of Invoice 7`
 */
export type SendOperation = (operation: string, step: string) => Promise<Answer>;

export interface ImportOptions {
  readonly send: SendOperation;
  /** Messages of a page. Default: 10. */
  readonly pageSize?: number;
  /** Milliseconds to wait after a failure. Default: 5. */
  readonly pause?: number;
  /** Milliseconds that the import may take. Default: 60,000. */
  readonly patience?: number;
  /** Where it saves. Default: an empty one. */
  readonly disk?: Disk;
}

/** What the importer has on its disk: how often it saved each file whole, and with which content. */
export class Disk {
  readonly #files = new Map<string, { times: number; readonly contents: Set<string> }>();

  save(name: string, base64: string): void {
    const file = this.#files.get(name) ?? { times: 0, contents: new Set<string>() };
    file.times++;
    file.contents.add(Buffer.from(base64, 'base64').toString('latin1'));
    this.#files.set(name, file);
  }

  /** `SUBJECT/NAME` of what was saved. */
  get names(): readonly string[] {
    return [...this.#files.keys()].toSorted();
  }

  /** The most often that one file was saved. */
  get mostOften(): number {
    return Math.max(0, ...this.names.map((name) => this.timesOf(name)));
  }

  /** How often a file was saved. */
  timesOf(name: string): number {
    return this.#files.get(name)?.times ?? 0;
  }

  /** The one content of a file. @throws Error where there is none, or where it was not the same each time */
  contentOf(name: string): string {
    const [content, ...others] = this.#files.get(name)?.contents ?? [];
    if (content === undefined || others.length > 0) throw new Error(`${name} has ${others.length} other contents`);
    return content;
  }
}

/** What a program would log and leave for later. */
class Refused extends Error {}

/** For a caller of the gateway. @param post Stack.post or what is like it */
export function throughGateway(post: (body: string) => Promise<Answer>): (operation: string) => Promise<Answer> {
  return (operation) => post(envelope(operation));
}

/** Imports until the Inbox is empty. @throws Error where that does not come to be */
export async function importAll(options: ImportOptions): Promise<Disk> {
  const { pageSize = 10, pause = 5, patience = 60_000, disk = new Disk() } = options;
  const end = performance.now() + patience;
  let folder: string | undefined;
  for (;;) {
    try {
      folder ??= await processedFolder(options);
      const listed = await listInbox(options, pageSize);
      if (listed.length === 0) return disk;
      let failure: Refused | undefined;
      for (const item of listed) failure = (await importOne(options, item, folder, disk)) ?? failure;
      if (failure !== undefined) throw failure;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (performance.now() > end) throw new Error('the import does not come to its end', { cause: error });
      await delay(pause);
    }
  }
}

/** Reads the messages of one page and saves their attachments, as a program that archives: it changes nothing. */
export async function readAll(options: ImportOptions): Promise<Disk> {
  const { pageSize = 10, disk = new Disk() } = options;
  for (const item of await listInbox(options, pageSize)) await saveAttachments(options, item, disk);
  return disk;
}

async function processedFolder(options: ImportOptions): Promise<string> {
  const found = await call(
    options,
    '<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>' +
      '<m:IndexedPageFolderView MaxEntriesReturned="10" Offset="0" BasePoint="Beginning"/><m:Restriction>' +
      '<t:IsEqualTo><t:FieldURI FieldURI="folder:DisplayName"/><t:FieldURIOrConstant><t:Constant Value="Processed"/>' +
      '</t:FieldURIOrConstant></t:IsEqualTo></m:Restriction><m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/>' +
      '</m:ParentFolderIds></m:FindFolder>',
  );
  const known = /<t:FolderId Id="([^"]+)"/.exec(found)?.[1];
  if (known !== undefined) return known;
  const created = await call(
    options,
    '<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderId><m:Folders><t:Folder>' +
      '<t:DisplayName>Processed</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>',
  );
  return /<t:FolderId Id="([^"]+)"/.exec(created)?.[1] ?? '';
}

interface Listed {
  readonly id: string;
  readonly subject: string;
}

async function listInbox(options: ImportOptions, pageSize: number): Promise<Listed[]> {
  const found = await call(
    options,
    '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>' +
      '<t:FieldURI FieldURI="item:Subject"/><t:FieldURI FieldURI="item:HasAttachments"/></t:AdditionalProperties>' +
      `</m:ItemShape><m:IndexedPageItemView MaxEntriesReturned="${pageSize}" Offset="0" BasePoint="Beginning"/>` +
      '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>',
  );
  const items = found.matchAll(/<t:ItemId Id="([^"]+)"[^>]*>(?:<t:Subject>([^<]*)<)?/g);
  return [...items].map(([, id = '', subject = '']) => ({ id, subject }));
}

/** @returns what went wrong */
async function importOne(
  options: ImportOptions,
  { id, subject }: Listed,
  folder: string,
  disk: Disk,
): Promise<Refused | undefined> {
  const itemId = itemIdOf(id);
  try {
    await saveAttachments(options, { id, subject }, disk);
    await call(
      options,
      '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges>' +
        `<t:ItemChange>${itemId}<t:Updates><t:SetItemField><t:FieldURI FieldURI="message:IsRead"/><t:Message>` +
        '<t:IsRead>true</t:IsRead></t:Message></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges>' +
        '</m:UpdateItem>',
      subject,
    );
    await call(
      options,
      `<m:MoveItem><m:ToFolderId><t:FolderId Id="${folder}"/></m:ToFolderId><m:ItemIds>${itemId}</m:ItemIds>` +
        '</m:MoveItem>',
      subject,
    );
    return undefined;
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
}

async function saveAttachments(options: ImportOptions, { id, subject }: Listed, disk: Disk): Promise<void> {
  const message = await call(
    options,
    '<m:GetItem><m:ItemShape><t:BaseShape>Default</t:BaseShape><t:AdditionalProperties>' +
      '<t:FieldURI FieldURI="item:Attachments"/></t:AdditionalProperties></m:ItemShape>' +
      `<m:ItemIds>${itemIdOf(id)}</m:ItemIds></m:GetItem>`,
    subject,
  );
  const attachments = [...message.matchAll(/<t:AttachmentId Id="([^"]+)"/g)];
  for (const [index, [, attachment = '']] of attachments.entries()) {
    const answer = await call(
      options,
      `<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="${attachment}"/></m:AttachmentIds></m:GetAttachment>`,
      `${index + 1} of ${subject}`,
    );
    const name = /<t:Name>([^<]*)</.exec(answer)?.[1] ?? '';
    const content = /<t:Content>([^<]*)<\/t:Content>/.exec(answer)?.[1];
    if (content === undefined) throw new Refused('an attachment without its content');
    disk.save(`${subject}/${name}`, content);
  }
}

function itemIdOf(id: string): string {
  return `<t:ItemId Id="${id}"/>`;
}

/**
 * @param part of the mailbox that it is about
 * @throws Refused where the program cannot use the answer
 */
async function call({ send }: ImportOptions, operation: string, part = 'the mailbox'): Promise<string> {
  const step = `${operation.slice('<m:'.length, operation.search(/[ >]/))} ${part}`;
  let answer: Answer;
  try {
    answer = await send(operation, step);
  } catch (error) {
    throw new Refused(`${step}: the connection broke`, { cause: error });
  }
  const refusal = refusalOf(answer);
  if (refusal !== undefined) throw new Refused(`${step}: ${refusal}`);
  return answer.text;
}

/** Why the program cannot use an answer; undefined where it can. */
export function refusalOf({ status, text }: Answer): string | undefined {
  const code = /ResponseCode[^>]*>(\w+)</.exec(text)?.[1];
  if (status === 200 && code === 'NoError' && /Envelope>\s*$/.test(text)) return undefined;
  return `HTTP ${status}, ${code}: ${text.slice(0, 2_000)}`;
}
