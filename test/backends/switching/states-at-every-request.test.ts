/**
 * A program that keeps up with a mailbox by states of its own, with EWS switched off at each of its requests: it starts
 * over once with each state that it held, and hears of everything, once.
 */
import t, { type Test } from 'tap';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import {
  getEvents,
  subscribe,
  syncFolderHierarchy,
  syncFolderItems,
  unsubscribe,
} from '../../support/managed-api-requests.ts';
import { mail, startStack, type Answer } from '../../support/stack.ts';

type Post = (body: string) => Promise<Answer>;

const valueOf = (element: string, text: string): string =>
  new RegExp(`<[mt]:${element}>([^<]+)<`).exec(text)?.[1] ?? '';

class Program {
  /** Codes that were no success. */
  readonly refusals: string[] = [];
  /** Ids of messages that were reported to it since it last started over. */
  readonly known = new Set<string>();
  readonly problems: string[] = [];
  folders = 0;
  readonly #post: Post;
  #items: string | undefined;
  #hierarchy: string | undefined;
  #subscription: { readonly id: string; watermark: string } | undefined;

  constructor(post: Post) {
    this.#post = post;
  }

  /** One look: at folders, at events, and at what there is in the Inbox. */
  async look(): Promise<void> {
    const folders = await this.#sent(
      () => syncFolderHierarchy(this.#hierarchy),
      () => (this.#hierarchy = undefined),
    );
    this.#hierarchy = valueOf('SyncState', folders);
    this.folders += folders.match(/<t:DisplayName>Processed</g)?.length ?? 0;
    await this.#pull();
    for (let more = true; more;) {
      const text = await this.#sent(
        () => syncFolderItems(2, this.#items),
        () => {
          this.#items = undefined;
          this.known.clear();
        },
      );
      this.#items = valueOf('SyncState', text);
      for (const [, kind = '', id = ''] of text.matchAll(/<t:(Create|Delete)>[^]*?<t:ItemId Id="([^"]+)"/g)) {
        if (kind === 'Create' && this.known.has(id)) this.problems.push(`${id} was told twice`);
        if (kind === 'Create') this.known.add(id);
        else this.known.delete(id);
      }
      more = text.includes('<m:IncludesLastItemInRange>false<');
    }
  }

  async end(): Promise<void> {
    const subscription = this.#subscription;
    if (subscription === undefined) return;
    const { text } = await this.#post(unsubscribe(subscription.id));
    this.refusals.push(...codesOf(text).filter((code) => code !== 'NoError'));
  }

  async #pull(): Promise<void> {
    const text = await this.#sent(
      () =>
        this.#subscription === undefined
          ? subscribe('Pull', ['NewMail', 'Created', 'Deleted'])
          : getEvents(this.#subscription.id, this.#subscription.watermark),
      () => (this.#subscription = undefined),
    );
    const watermark = [...text.matchAll(/<[mt]:Watermark>([^<]+)</g)].at(-1)?.[1] ?? '';
    this.#subscription = { id: this.#subscription?.id ?? valueOf('SubscriptionId', text), watermark };
  }

  /** Sends a request, and once more without the state that was refused. */
  async #sent(request: () => string, startOver: () => void): Promise<string> {
    for (let tries = 1; ; tries++) {
      const { text } = await this.#post(request());
      const code = codesOf(text).find((one) => one !== 'NoError');
      if (code === undefined) return text;
      this.refusals.push(code);
      if (tries === 2) throw new Error(text);
      startOver();
    }
  }
}

/**
 * @param after how many requests EWS is switched off
 * @returns the requests that Exchange got, and how often the program started over
 */
async function run(t: Test, after: number): Promise<{ readonly asked: number; readonly starts: number }> {
  const stack = await startStack(t, { backend: 'auto', alice: '    operations: mail' });
  const { exchange } = stack.simulator;
  const mailbox = mailboxOf(stack);
  exchange.settings.ewsEnabled = after > 0;
  let asked = 0;
  exchange.onRequest = () => {
    if (++asked === after) exchange.settings.ewsEnabled = false;
  };
  const program = new Program(stack.post);
  for (const subject of ['1', '2', '3']) await mailbox.deliver(mail(subject));
  await program.look();
  mailbox.createFolder('inbox', { displayName: 'Processed', folderClass: 'IPF.Note' });
  const [first] = mailbox.items.list(mailbox.folders.resolve('inbox').id);
  mailbox.move(first?.id ?? '', 'deleteditems');
  await mailbox.deliver(mail('4'));
  await program.look();
  await mailbox.deliver(mail('5'));
  await program.look();
  await program.end();
  const there = mailbox.items.list(mailbox.folders.resolve('inbox').id).map(({ id }) => id);
  t.same([...program.known].toSorted(), there.toSorted(), 'it knows of everything that is there');
  t.same(program.problems, []);
  t.ok(program.folders >= 1, 'and of the new folder');
  // One for the folders and one for the Inbox; one for the subscription.
  const rest = [...program.refusals];
  for (const held of ['ErrorInvalidSyncStateData', 'ErrorInvalidSyncStateData', 'ErrorSubscriptionNotFound'])
    if (rest.includes(held)) rest.splice(rest.indexOf(held), 1);
  t.same(rest, [], 'each state is refused once at most, and nothing else');
  return { asked, starts: program.refusals.length };
}

t.test('a program with states starts over once with each, wherever EWS is switched off', async (t) => {
  const whole = await run(t, Number.POSITIVE_INFINITY);
  t.equal(whole.starts, 0);
  const starts: number[] = [];
  for (let after = 0; after < whole.asked; after++)
    await t.test(`after ${after} of ${whole.asked} requests`, async (t) => {
      const one = await run(t, after);
      t.equal(one.asked, after + 1, 'one request met the block, none followed it');
      starts.push(one.starts);
    });
  t.equal(starts[0], 0, 'without a state there is nothing to start over');
  t.equal(Math.max(...starts), 3);
});
