/** Requests of real clients, as they were recorded, sent again: with the ids that the answers give now. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer } from '../../support/stack.ts';

const CAPTURES = join(import.meta.dirname, '../../fixtures/captures');
/** Operations whose answers name what later requests are about, in the order in which clients take it. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  ItemId: ['FindItem', 'CreateItem'],
  FolderId: ['GetFolder', 'FindFolder', 'CreateFolder'],
  AttachmentId: ['GetItem', 'CreateAttachment'],
};
const ID_TAG = /<(?:[mt]:)?(ItemId|ParentItemId|FolderId|AttachmentId)\s+Id="([^"]+)"(?:\s+ChangeKey="[^"]*")?/g;

export interface RecordedRequest {
  /** File name without number and ending: the operation. */
  readonly operation: string;
  readonly body: string;
}

/**
 * What a client sent in one scenario, without documents and without what was answered with a challenge.
 *
 * @param scenario `client/name`
 */
export function recorded(scenario: string): readonly RecordedRequest[] {
  const folder = join(CAPTURES, scenario);
  return readdirSync(folder)
    .filter((name) => !/-401|-GET_/.test(name))
    .toSorted()
    .map((name) => {
      const raw = readFileSync(join(folder, name), 'utf8');
      return {
        operation: name.replace(/^\d+-|\.http$/g, ''),
        body: raw.slice(raw.indexOf('\r\n\r\n') + 4),
      };
    });
}

/**
 * Sends recorded requests in their order. An id that stands in one for the first time becomes the first of its kind in
 * an answer that was not used yet, and every change key the latest that was told.
 *
 * @returns the answers
 */
export async function replay(
  requests: readonly RecordedRequest[],
  post: (body: string) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const live = new LiveIds();
  const answers: Answer[] = [];
  for (const { operation, body } of requests) {
    const answer = await post(live.replaceIn(body));
    live.learn(operation, answer.text);
    answers.push(answer);
  }
  return answers;
}

class LiveIds {
  readonly #found: Record<string, string[]> = { ItemId: [], FolderId: [], AttachmentId: [] };
  readonly #bound = new Map<string, string>();
  readonly #changeKeys = new Map<string, string>();
  #created: string | undefined;

  learn(operation: string, text: string): void {
    for (const [, kind = '', id = ''] of text.matchAll(/<t:(ItemId|FolderId|AttachmentId) Id="([^"]+)"/g)) {
      const list = this.#found[kind] ?? [];
      if (SOURCES[kind]?.includes(operation) === true && !list.includes(id)) list.push(id);
      if (operation === 'CreateFolder' && kind === 'FolderId') this.#created = id;
    }
    for (const [, id = '', key = ''] of text.matchAll(
      / (?:Root)?(?:Item)?Id="([^"]+)" (?:RootItem)?ChangeKey="([^"]+)"/g,
    ))
      this.#changeKeys.set(id, key);
  }

  replaceIn(body: string): string {
    const target = this.#created;
    return body
      .replace(/(<(?:m:)?ToFolderId>\s*<(?:[mt]:)?FolderId Id=")[^"]*/, (_, before: string) => `${before}${target}`)
      .replaceAll(ID_TAG, (tag, name: string, old: string) => {
        const id = this.#liveOf(name === 'ParentItemId' ? 'ItemId' : name, old);
        const key = this.#changeKeys.get(id);
        return tag.replace(
          / Id="[^]*/,
          ` Id="${id}"${tag.includes('ChangeKey') && key !== undefined ? ` ChangeKey="${key}"` : ''}`,
        );
      });
  }

  #liveOf(kind: string, old: string): string {
    const known = this.#bound.get(old);
    if (known !== undefined) return known;
    const used = new Set(this.#bound.values());
    if (used.has(old) || old === this.#created) return old;
    const id = this.#found[kind]?.find((one) => !used.has(one));
    if (id === undefined) throw new Error(`no answer has named a ${kind} for ${old}`);
    this.#bound.set(old, id);
    return id;
  }
}
