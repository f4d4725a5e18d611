import { createHash } from 'node:crypto';
import t, { type Test } from 'tap';
import type { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import { fileAttachment, newMessage, recipient } from '../../../src/simulator/mailbox/message.ts';
import { mailboxOf, withoutKnown, type KnownDifference } from '../../support/differential.ts';
import type { NewMessage } from '../../../src/simulator/mailbox/types.ts';
import { THOROUGH } from '../../support/effort.ts';
import { importAll, throughGateway } from '../../support/importer.ts';
import { mail, startStack, type Stack } from '../../support/stack.ts';
import {
  PAGE_OF,
  INBOX,
  UNREAD,
  EXTENDED,
  KEYWORDS,
  field,
  findItem,
  getItem,
  getAttachment,
  update,
  set,
  READ,
  list,
  idsIn,
  attachmentsIn,
  move,
  createFolder,
  getFolder,
  at,
  many,
  calendar,
} from './flow-requests.ts';
import { normalised, stateOf } from './mailbox-state.ts';

/** What Graph cannot answer as Exchange does. */
const KNOWN: readonly KnownDifference[] = [
  [/<m:MessageText>[^<]*<\/m:MessageText>/g, 'Graph has words of its own'],
  [/<t:MailboxType>\w+<\/t:MailboxType>/g, 'Graph gives a name and an address only'],
  [/<t:Size>\d+<\/t:Size>/g, 'sizes of attachments come with an overhead'],
  [/\s+(?=<\/t:Body>)/g, 'a text read from MIME may have lost its last line break'],
  [
    /(?<=<t:Content\w+>[^<]*<\/t:Content\w+>(?:<t:Size>\d+<\/t:Size>)?)<t:LastModifiedTime>[^<]*<\/t:LastModifiedTime>/g,
    'not in MIME',
  ],
  [/ TotalItemsInView="\d+"/g, 'of a restricted view it is a lower bound before its end'],
];
const element = (name: string): RegExp => new RegExp(`<t:${name}(?:/>|[ >][\\s\\S]*?</t:${name}>)`, 'g');
/** Messages that are paged through. */
const MANY = THOROUGH ? 250 : 50;
/** Of an attachment, in MB. */
const LARGE = THOROUGH ? 25 : 2;

/** A program: what it does with a mailbox, and what it was answered. */
interface Flow {
  /** Differences of this flow alone. */
  readonly known?: readonly KnownDifference[];
  readonly fill: (mailbox: Mailbox) => Promise<void> | void;
  readonly run: (send: (operation: string) => Promise<string>) => Promise<unknown>;
}

const FLOWS: Readonly<Record<string, Flow>> = {
  [`page 0 again and again while moving ${MANY} messages away`]: {
    fill: many(MANY),
    run: async (send) => {
      for (;;) {
        const ids = idsIn(await send(findItem(PAGE_OF(MANY / 5))));
        if (ids.length === 0) return;
        await send(move(ids, '<t:DistinguishedFolderId Id="junkemail"/>'));
      }
    },
  },
  'one page of 1,000': { fill: many(MANY), run: async (send) => send(findItem(PAGE_OF(1_000))) },
  'folders': {
    fill: () => undefined,
    run: async (send) => {
      const created = await send(createFolder(INBOX, 'Processed &amp; done'));
      const id = `<t:FolderId Id="${/<t:FolderId Id="([^"]+)"/.exec(created)?.[1]}"/>`;
      await send(createFolder(INBOX, 'processed &amp; DONE'));
      await send(createFolder(id, 'Übergrößen 😀'));
      await send(createFolder(INBOX, ''));
      for (const traversal of ['Shallow', 'Deep'])
        await send(
          `<m:FindFolder Traversal="${traversal}"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>` +
            `<m:ParentFolderIds>${INBOX}</m:ParentFolderIds></m:FindFolder>`,
        );
      await send(getFolder(id));
    },
  },
  'the three ways to delete': {
    fill: many(4),
    run: async (send) => {
      const ids = idsIn(await send(findItem(PAGE_OF(10))));
      // A second HardDelete succeeds through Graph: it cannot be told from one that is repeated (docs/graph.md).
      for (const [index, type] of ['MoveToDeletedItems', 'SoftDelete', 'SoftDelete', 'HardDelete'].entries())
        await send(
          `<m:DeleteItem DeleteType="${type}"><m:ItemIds>${list([ids[Math.max(index - 1, 0)] ?? ''])}</m:ItemIds>` +
            '</m:DeleteItem>',
        );
      await send(findItem(PAGE_OF(10)));
    },
  },
  'attached messages, to any depth': {
    known: [
      [element('InternetMessageHeaders'), 'written again for each mailbox here, with other boundaries and dates'],
      [element('InternetMessageId'), 'made up for each mailbox here'],
      [element('EffectiveRights'), 'of an attached item the simulated Exchange gives none'],
      [/<t:Conversation(?:Index|Topic)>[^<]*<\/t:Conversation(?:Index|Topic)>/g, 'not in MIME'],
      [element('IsRead'), 'not in MIME'],
    ],
    fill: async (mailbox) => {
      const message = (subject: string, attachments: NewMessage['attachments']) =>
        newMessage({ subject, bodyText: `of ${subject}`, from: recipient('inner@fabrikam.test'), attachments });
      const part = { contentType: 'message/rfc822', contentId: undefined, contentLocation: undefined, isInline: false };
      const deep = message('Deep', [fileAttachment('deep.txt', 'text/plain', Buffer.from('deep'))]);
      const inner = message('Inner', [{ kind: 'item', ...part, name: 'Deep', item: deep }]);
      await mailbox.deliver(
        { ...mail('Outer'), attachments: [{ kind: 'item', ...part, name: 'Inner', item: inner }] },
        'inbox',
        at(1),
      );
    },
    run: async (send) => {
      const [id = ''] = idsIn(await send(findItem(PAGE_OF(1))));
      let [next] = attachmentsIn(await send(getItem([id], field('item:Attachments'))));
      for (let depth = 0; depth < 3 && next !== undefined; depth++)
        next = attachmentsIn(await send(getAttachment(next))).find((one) => one !== next);
    },
  },
  'inline images': {
    fill: async (mailbox) => {
      await mailbox.deliver(
        {
          ...mail('Logo'),
          bodyText: undefined,
          bodyHtml: '<html><body><img src="cid:logo@fabrikam"></body></html>',
          attachments: [
            fileAttachment('logo.png', 'image/png', Buffer.from('png'), { contentId: 'logo@fabrikam', isInline: true }),
            fileAttachment('a.pdf', 'application/pdf', Buffer.from('%PDF')),
          ],
        },
        'inbox',
        at(1),
      );
    },
    run: async (send) => {
      const [id = ''] = idsIn(await send(findItem(PAGE_OF(1), '', field('item:HasAttachments'))));
      const text = await send(getItem([id], field('item:Attachments', 'item:HasAttachments', 'item:Body')));
      for (const attachment of attachmentsIn(text)) await send(getAttachment(attachment));
    },
  },
  [`an attachment of ${LARGE} MB`]: {
    fill: (mailbox) => {
      const content = Buffer.alloc(LARGE * 1024 * 1024, 'scanned page ');
      mailbox.add(mail('Large', [{ name: 'large.tif', contentType: 'image/tiff', content }]), 'inbox', at(1));
    },
    run: async (send) => {
      const [id = ''] = idsIn(await send(findItem(PAGE_OF(1))));
      for (const attachment of attachmentsIn(await send(getItem([id], field('item:Attachments')))))
        await send(getAttachment(attachment));
    },
  },
  'characters beyond ASCII, and such that XML does not have': {
    fill: (mailbox) => {
      for (const [index, text] of [
        'Grüße 😀 ✓',
        'tab\tand\u0001control\u001f',
        ']]> & <b> "q" \'a\'',
        '中文 عربى',
      ].entries())
        mailbox.add(
          {
            from: recipient('sender@fabrikam.test', text),
            subject: text,
            bodyText: `${text}\r\nsecond line\n`,
            attachments: [fileAttachment(`${index} ✓.txt`, 'text/plain', Buffer.from(text))],
          },
          'inbox',
          at(index),
        );
    },
    run: async (send) => {
      const ids = idsIn(await send(findItem(PAGE_OF(10), '', field('item:Subject', 'message:From'))));
      const text = await send(getItem(ids, field('item:Attachments', 'item:Body', 'item:TextBody')));
      for (const attachment of attachmentsIn(text)) await send(getAttachment(attachment));
    },
  },
  'meeting requests, cancellations and responses': {
    fill: async (mailbox) => {
      const all = [
        ['REQUEST'],
        ['CANCEL'],
        ['REPLY', 'ACCEPTED'],
        ['REPLY', 'TENTATIVE'],
        ['REPLY', 'DECLINED'],
      ] as const;
      for (const [index, [method, partstat]] of all.entries())
        await mailbox.deliver(calendar(method, partstat), 'inbox', at(index));
    },
    run: async (send) => {
      const ids = idsIn(await send(findItem(PAGE_OF(10), '', field('item:ItemClass'))));
      await send(getItem(ids, field('item:ItemClass', 'item:DateTimeReceived')));
      await send(move(ids, '<t:DistinguishedFolderId Id="junkemail"/>'));
    },
  },
  'unread counts': {
    fill: many(5),
    run: async (send) => {
      await send(getFolder(INBOX));
      const ids = idsIn(await send(findItem(PAGE_OF(10))));
      await send(update(ids[0] ?? '', READ));
      await send(update(ids[1] ?? '', READ));
      await send(getFolder(INBOX));
      await send(findItem(PAGE_OF(10), UNREAD));
    },
  },
  'extended properties': {
    fill: many(3),
    run: async (send) => {
      const [first = '', second = ''] = idsIn(await send(findItem(PAGE_OF(10))));
      const property = (path: string, value: string): string =>
        set(path, `<t:ExtendedProperty>${path}<t:Value>${value}</t:Value></t:ExtendedProperty>`);
      await send(update(first, property(EXTENDED, 'yes &amp; no'), property(KEYWORDS, '7')));
      await send(update(second, property(EXTENDED, 'later')));
      await send(findItem(PAGE_OF(10), '', field('item:Subject', EXTENDED, KEYWORDS)));
      await send(
        findItem(
          PAGE_OF(10),
          `<m:Restriction><t:IsEqualTo>${EXTENDED}<t:FieldURIOrConstant><t:Constant Value="later"/>` +
            '</t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>',
        ),
      );
      await send(update(second, `<t:DeleteItemField>${EXTENDED}</t:DeleteItemField>`));
      await send(getItem([first, second], field(EXTENDED, KEYWORDS)));
    },
  },
  'an import': {
    fill: async (mailbox) => {
      for (const minute of [1, 2, 3])
        await mailbox.deliver(
          mail(`Invoice ${minute}`, [{ name: 'a.pdf', contentType: 'application/pdf', content: Buffer.from('%PDF') }]),
          'inbox',
          at(minute),
        );
    },
    run: async (send) => {
      const disk = await importAll({
        send: async (operation) => ({ status: 200, headers: {}, text: await send(operation) }),
      });
      return disk.names.map((name) => [name, disk.contentOf(name)]);
    },
  },
};

/** Runs a flow over one backend. */
async function outcome(stack: Stack, { fill: seed, run, known = [] }: Flow): Promise<object> {
  const mailbox = mailboxOf(stack);
  await seed(mailbox);
  const answers: (readonly string[])[] = [];
  const post = throughGateway(stack.post);
  const result = await run(async (operation) => {
    const { status, text } = await post(operation);
    answers.push([operation.slice(0, 20), String(status), ...shortened(withoutKnown(text, [...KNOWN, ...known]))]);
    return text;
  });
  return {
    answers: normalised(answers),
    result: result === undefined || typeof result === 'string' ? '' : result,
    state: stateOf(mailbox),
  };
}

/** Contents by their hash, so that a difference can be shown. */
function shortened(lines: readonly string[]): string[] {
  return lines.map((line) =>
    line.length < 5_000 ? line : `${line.slice(0, 50)}… ${createHash('sha256').update(line).digest('hex')}`,
  );
}

async function same(t: Test, name: string, flow: Flow): Promise<void> {
  await t.test(name, async (t) => {
    const [ews, graph] = [await startStack(t), await startStack(t, { backend: 'graph' })];
    t.same(await outcome(graph, flow), await outcome(ews, flow));
    t.equal(graph.simulator.exchange.requests.length, 0);
    t.equal(ews.simulator.graph.requests.length, 0);
  });
}

t.test('a program sees and leaves the same through Graph as through EWS', async (t) => {
  for (const [name, flow] of Object.entries(FLOWS)) await same(t, name, flow);
});

t.test('offset += n while marking read: Graph deals with all, EWS skips some, neither has one twice', async (t) => {
  const dealtWith = async (stack: Stack): Promise<string[]> => {
    many(MANY)(mailboxOf(stack));
    const send = throughGateway(stack.post);
    const seen: string[] = [];
    for (let offset = 0; ;) {
      const { text } = await send(findItem(PAGE_OF(MANY / 5, offset), UNREAD));
      const page = [...text.matchAll(/<t:Subject>([^<]+)/g)].map(([, subject = '']) => subject);
      for (const id of idsIn(text)) await send(update(id, READ));
      seen.push(...page);
      offset += page.length;
      if (page.length === 0 || text.includes('IncludesLastItemInRange="true"')) return seen;
    }
  };
  const [ews, graph] = [
    await dealtWith(await startStack(t)),
    await dealtWith(await startStack(t, { backend: 'graph' })),
  ];
  t.equal(new Set(ews).size, ews.length);
  t.equal(graph.length, MANY);
  t.equal(new Set(graph).size, MANY);
  t.ok(ews.every((subject) => graph.includes(subject)));
});
