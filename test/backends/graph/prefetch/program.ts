/** A program that reads messages and their attachments through Graph, one after the other, and the calls it causes. */
import type { Test } from 'tap';
import { toGraphAlphabet } from '../../../../src/ews/ids/alphabet.ts';
import type { GraphAnswer } from '../../../../src/simulator/graph/call.ts';
import type { Item } from '../../../../src/simulator/mailbox/types.ts';
import { envelope } from '../../../support/envelopes.ts';
import { ALICE, basic, mail, send, startStack, type Stack, type StackOptions } from '../../../support/stack.ts';

export const CONTENT = 'GET /users/{user}/messages/{message}/attachments/{attachment}/$value';
const MESSAGE = 'GET /users/{user}/messages/{message}';

export interface Program {
  readonly stack: Stack;
  /** Delivers messages. @param files of each */
  deliver(messages: number, files: number): Promise<Item[]>;
  findItem(): Promise<string>;
  syncFolderItems(): Promise<string>;
  /** @param shape more of the item's shape */
  getItem(item: Item, shape?: string): Promise<string>;
  /** The content of an attachment. @param place in its message, from 0 @param username default: the owner */
  save(item: Item, place: number, username?: string): Promise<string>;
  /** @param username default: the owner */
  markRead(item: Item, username?: string): Promise<void>;
  attach(item: Item, content: Buffer): Promise<string>;
  /** Items by their ids in one request. */
  getItems(items: readonly Item[]): Promise<string>;
  /** Changes Graph's answers with one content, among so many next ones with a content. */
  alterContent(item: Item, place: number, times: number, alter: (answer: GraphAnswer) => GraphAnswer): void;
  /** How often the content of an attachment was asked of Graph. */
  callsFor(item: Item, place: number): number;
  /** Contents that were asked of Graph. */
  contentCalls(): number;
  /** How often a message was asked of Graph. */
  messageCalls(item: Item): number;
}

export function contentOf(message: number, place: number): string {
  return `page ${place} of ${message}`;
}

/** @param owner the caller, whose mailbox it is */
export async function startProgram(t: Test, options: StackOptions = {}, owner = ALICE): Promise<Program> {
  const stack = await startStack(t, { backend: 'graph', ...options });
  const mailbox = stack.simulator.exchange.mailboxes.find(({ address }) => address === owner);
  if (mailbox === undefined) throw new Error(`no mailbox ${owner}`);
  const ask = async (operation: string, username = owner): Promise<string> => {
    const { status, text } = await send(stack.url, envelope(operation), { authorization: basic(username) });
    if (status !== 200 || !text.includes('<m:ResponseCode>NoError<')) throw new Error(text);
    return text;
  };
  const pathsOf = (called: string): string[] =>
    stack.simulator.graph.requests
      .filter(({ method, template, isBatchStep }) => `${method} ${template}` === called && !isBatchStep)
      .map(({ path }) => decodeURIComponent(path));
  return {
    stack,
    deliver: async (messages, files) => {
      const items: Item[] = [];
      for (let message = 0; message < messages; message++)
        items.push(
          await mailbox.deliver(
            mail(
              `Scan ${message}`,
              Array.from({ length: files }, (_, place) => ({
                name: `${place}.pdf`,
                contentType: 'application/pdf',
                content: Buffer.from(contentOf(message, place)),
              })),
            ),
          ),
        );
      return items;
    },
    findItem: () =>
      ask(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
          '<m:IndexedPageItemView MaxEntriesReturned="50" Offset="0" BasePoint="Beginning"/><m:SortOrder>' +
          '<t:FieldOrder Order="Ascending"><t:FieldURI FieldURI="item:Subject"/></t:FieldOrder></m:SortOrder>' +
          '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>',
      ),
    syncFolderItems: () =>
      ask(
        '<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>' +
          '<t:DistinguishedFolderId Id="inbox"/></m:SyncFolderId><m:MaxChangesReturned>50</m:MaxChangesReturned>' +
          '</m:SyncFolderItems>',
      ),
    getItem: ({ id }, shape = '') =>
      ask(
        `<m:GetItem><m:ItemShape><t:BaseShape>Default</t:BaseShape>${shape}<t:AdditionalProperties>` +
          '<t:FieldURI FieldURI="item:Attachments"/></t:AdditionalProperties></m:ItemShape><m:ItemIds>' +
          `<t:ItemId Id="${id}"/></m:ItemIds></m:GetItem>`,
      ),
    save: async ({ attachments }, place, username) => {
      const text = await ask(
        `<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="${attachments[place]?.id}"/></m:AttachmentIds>` +
          '</m:GetAttachment>',
        username,
      );
      return Buffer.from(/<t:Content>([^<]*)</.exec(text)?.[1] ?? '', 'base64').toString();
    },
    attach: ({ id }, content) =>
      ask(
        `<m:CreateAttachment><m:ParentItemId Id="${id}"/><m:Attachments><t:FileAttachment>` +
          `<t:Name>large.bin</t:Name><t:Content>${content.toString('base64')}</t:Content></t:FileAttachment>` +
          '</m:Attachments></m:CreateAttachment>',
      ),
    getItems: (items) =>
      ask(
        '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds>' +
          `${items.map(({ id }) => `<t:ItemId Id="${id}"/>`).join('')}</m:ItemIds></m:GetItem>`,
      ),
    markRead: async ({ id }, username) => {
      await ask(
        '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges>' +
          `<t:ItemChange><t:ItemId Id="${id}"/><t:Updates><t:SetItemField><t:FieldURI FieldURI="message:IsRead"/>` +
          '<t:Message><t:IsRead>true</t:IsRead></t:Message></t:SetItemField></t:Updates></t:ItemChange>' +
          '</m:ItemChanges></m:UpdateItem>',
        username,
      );
    },
    alterContent: ({ attachments }, place, times, alter) => {
      const id = toGraphAlphabet(attachments[place]?.id ?? '');
      stack.simulator.graph.script.add({
        operation: CONTENT,
        times,
        alter: (answer, call) => (call.param('attachment') === id ? alter(answer) : answer),
      });
    },
    callsFor: ({ attachments }, place) =>
      pathsOf(CONTENT).filter((path) => path.includes(toGraphAlphabet(attachments[place]?.id ?? 'none'))).length,
    contentCalls: () => pathsOf(CONTENT).length,
    messageCalls: ({ id }) => pathsOf(MESSAGE).filter((path) => path.includes(toGraphAlphabet(id))).length,
  };
}

/** An answer whose second half does not come within a test. */
export function withoutEnd(t: Test): (answer: GraphAnswer) => GraphAnswer {
  const end = Promise.withResolvers<void>();
  t.teardown(() => end.resolve());
  return (answer) => ({ ...answer, secondHalf: end.promise });
}
