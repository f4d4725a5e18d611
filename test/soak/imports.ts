/** The rightful callers of the soak run: each import is checked to the last byte, and no request may be refused. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Mailbox } from '../../src/simulator/mailbox/mailbox.ts';
import type { Dice } from '../fuzz/cases.ts';
import { envelope, getFolder } from '../support/envelopes.ts';
import { basic, mail } from '../support/stack.ts';

/** What became of the requests. */
export class Tally {
  readonly milliseconds: number[] = [];
  readonly lost: string[] = [];
  imported = 0;
  firstSignIns = 0;
}

/** A caller at an address of its own network. */
export class RightfulCaller {
  readonly #username: string;
  readonly #url: string;
  readonly #tally: Tally;
  readonly #agent = new Agent({ connections: 2, localAddress: '127.0.2.1' });

  constructor(username: string, url: string, tally: Tally) {
    this.#username = username;
    this.#url = url;
    this.#tally = tally;
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  /** Signs in and opens the Inbox, as the Test button of a product does. */
  async openInbox(): Promise<void> {
    await this.#ask(getFolder());
  }

  /** Imports what is unread in the Inbox, and deletes it. @returns contents of the attachments */
  async importAll(): Promise<Buffer[]> {
    const found = await this.#ask(
      '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
        '<m:IndexedPageItemView MaxEntriesReturned="20" Offset="0" BasePoint="Beginning"/><m:Restriction>' +
        '<t:IsEqualTo><t:FieldURI FieldURI="message:IsRead"/><t:FieldURIOrConstant><t:Constant Value="false"/>' +
        '</t:FieldURIOrConstant></t:IsEqualTo></m:Restriction><m:ParentFolderIds>' +
        '<t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>',
    );
    const contents: Buffer[] = [];
    for (const [, id = ''] of found.matchAll(/<t:ItemId Id="([^"]+)"/g)) {
      const ids = `<m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds>`;
      const item = await this.#ask(
        `<m:GetItem><m:ItemShape><t:BaseShape>Default</t:BaseShape><t:AdditionalProperties>` +
          `<t:FieldURI FieldURI="item:Attachments"/></t:AdditionalProperties></m:ItemShape>${ids}</m:GetItem>`,
      );
      for (const [, attachment = ''] of item.matchAll(/<t:AttachmentId Id="([^"]+)"/g)) {
        const answer = await this.#ask(
          `<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="${attachment}"/></m:AttachmentIds></m:GetAttachment>`,
        );
        contents.push(Buffer.from(/<t:Content>([^<]*)</.exec(answer)?.[1] ?? '', 'base64'));
      }
      await this.#ask(
        '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges>' +
          `<t:ItemChange><t:ItemId Id="${id}"/><t:Updates><t:SetItemField><t:FieldURI FieldURI="message:IsRead"/>` +
          '<t:Message><t:IsRead>true</t:IsRead></t:Message></t:SetItemField></t:Updates></t:ItemChange>' +
          '</m:ItemChanges></m:UpdateItem>',
      );
      await this.#ask(`<m:DeleteItem DeleteType="MoveToDeletedItems">${ids}</m:DeleteItem>`);
    }
    return contents;
  }

  async #ask(body: string): Promise<string> {
    const begun = performance.now();
    const operation = /^<m:(\w+)/.exec(body)?.[1] ?? '';
    let problem: string;
    let text = '';
    try {
      const response = await request(this.#url, {
        method: 'POST',
        dispatcher: this.#agent,
        headers: { 'content-type': 'text/xml; charset=utf-8', 'authorization': basic(this.#username) },
        body: envelope(body),
      });
      text = await response.body.text();
      const well = response.statusCode === 200 && /ResponseClass="Success"/.test(text);
      problem = well ? '' : `HTTP ${response.statusCode}: ${text.slice(0, 500)}`;
    } catch (error) {
      problem = String(error);
    }
    this.#tally.milliseconds.push(performance.now() - begun);
    if (problem !== '') this.#tally.lost.push(`${operation} of ${this.#username}: ${problem}`);
    return text;
  }
}

/** Delivers mail and imports it until it is told to stop. */
export async function keepImporting(
  caller: RightfulCaller,
  mailbox: Mailbox,
  dice: Dice,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const delivered: Buffer[] = [];
    for (let count = 1 + dice.below(3); count > 0; count--) {
      const content = Buffer.alloc(1 + dice.below(dice.chance(10) ? 2_000_000 : 60_000), dice.below(256));
      delivered.push(content);
      await mailbox.deliver(mail(`scan ${count}`, [{ name: 'scan.pdf', contentType: 'application/pdf', content }]));
    }
    const imported = await caller.importAll();
    const missing = delivered.filter((content) => !imported.some((other) => other.equals(content)));
    if (missing.length > 0) tally.lost.push(`${missing.length} attachments of ${mailbox.address} did not arrive`);
    tally.imported += imported.length;
    mailbox.emptyFolder('deleteditems', 'hard');
    await sleep(dice.below(1_000));
  }
}
