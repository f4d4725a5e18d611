/**
 * Everything that reads what clients, Exchange, Graph or a browser send takes time linear in it. Heads, bodies and the
 * XML of answers have tables of their own (soap/body-time, ews/xml-is-parsed-in-linear-time).
 */
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { readPoxRequest, readSoapRequest } from '../../src/autodiscover/request.ts';
import { CookieSigner } from '../../src/backends/exchange/cookies.ts';
import { EnvelopeBoundary } from '../../src/backends/exchange/envelope-boundary.ts';
import { readExchangeFault } from '../../src/backends/exchange/exchange-fault.ts';
import { watchSubscriptionIds } from '../../src/backends/exchange/subscription-ids.ts';
import { push } from '../../src/backends/graph/listing/filter.ts';
import { readJson } from '../../src/backends/graph/service/json-answer.ts';
import { MimeReader } from '../../src/backends/graph/writing/mime-message.ts';
import { parseMime } from '../../src/backends/graph/messages/mime-parser.ts';
import { readBasicCredentials } from '../../src/callers/basic-credentials.ts';
import { mailboxBehindName } from '../../src/callers/mailboxes.ts';
import { nameOfCaller, normalName } from '../../src/callers/user-name.ts';
import type { CallerConfig } from '../../src/config/types.ts';
import { child, children } from '../../src/ews/element.ts';
import { htmlToText, textToHtml } from '../../src/ews/html-text.ts';
import { parseId } from '../../src/ews/ids/item-id.ts';
import { matches } from '../../src/ews/matches.ts';
import { dateOf } from '../../src/ews/properties/read-value.ts';
import { parseRestriction } from '../../src/ews/restriction.ts';
import { itemShape } from '../../src/ews/shape.ts';
import { troubleOfScheme } from '../../src/http/connection-troubles.ts';
import { parseContentType } from '../../src/http/content-type.ts';
import { isAddress, networkOf } from '../../src/network/addresses.ts';
import { parseRetryAfter } from '../../src/network/retry-after.ts';
import { countIds } from '../../src/soap/body-scanner.ts';
import { readEnvelopeHead } from '../../src/soap/envelope-head.ts';
import { removedBlocks, rewriteHead } from '../../src/soap/rewrite-head.ts';
import { FileSpool } from '../../src/state/spool.ts';
import { looksSealed, StateSealer } from '../../src/state/state-sealer.ts';
import { aadstsNumber } from '../../src/tokens/aadsts.ts';
import { envelope } from '../support/envelopes.ts';
import { findItemElement } from '../support/request-element.ts';
import { LONG_ONLY, sample } from '../support/effort.ts';
import { growthOf } from '../support/growth.ts';
import { ENVELOPES, HTML, JSONS, MIME, TEXTS, type Shapes } from './hostile-shapes.ts';

const SPOOLS = new FileSpool(tmpdir(), 1_000_000);

const LENGTH = 200_000;
const repeated = (piece: string, length: number): string => piece.repeat(Math.ceil(length / piece.length));
const SEALER = new StateSealer([Buffer.alloc(32, 1)]);
const BINDING = { kind: 'sync', backend: 'graph', caller: 'a', mailbox: 'b' } as unknown as Parameters<
  StateSealer['open']
>[0];
const CALLER = { mailbox: 'a@contoso.test', mayImpersonate: ['b@contoso.test'] } as unknown as CallerConfig;
const CALLERS = new Map([['a', CALLER]]);
const cookies = new CookieSigner();

interface Reader {
  /** Only by npm run test:long. */
  readonly isSlow?: true;
  /** Characters; default: {@link LENGTH}. */
  readonly length?: number;
  readonly read: (text: string) => unknown;
  readonly shapes: Shapes;
}

const READERS: Readonly<Record<string, Reader>> = {
  'HTML of mail': { read: htmlToText, shapes: HTML },
  'text of mail': {
    read: textToHtml,
    shapes: [
      ['', '\r\n', ''],
      ['', '\r', ''],
      ['', '<', ''],
    ],
  },
  'MIME': { isSlow: true, length: 40_000, read: (text) => parseMime(Buffer.from(text)), shapes: MIME },
  'MIME to be stored': {
    isSlow: true,
    length: 40_000,
    read: (text) => {
      const mime = Buffer.from(text);
      const content = {
        size: mime.length,
        createReadStream: () => Readable.from([mime]),
        dispose: () => undefined,
      };
      return new MimeReader().read(content, SPOOLS, new AbortController().signal);
    },
    shapes: [['', 'Content-Type: message/rfc822\r\n\r\n', '']],
  },
  'JSON of Graph': { read: (text) => readJson(Readable.from([Buffer.from(text)]), 200, Infinity), shapes: JSONS },
  'the end of an envelope': {
    read: (text) => {
      const boundary = new EnvelopeBoundary();
      const bytes = Buffer.from(text);
      boundary.cut(bytes);
      for (let at = 0; at < bytes.length; at += 50) {
        boundary.pass(bytes.subarray(at, at + 50));
        void boundary.reached;
      }
    },
    shapes: ENVELOPES,
  },
  'ids of subscriptions': {
    read: (text) => {
      const watch = watchSubscriptionIds(() => undefined);
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += 50) watch(bytes.subarray(at, at + 50));
    },
    shapes: ENVELOPES,
  },
  'a packed fault': {
    read: (text) => readExchangeFault(gzipSync(text.slice(0, 60_000)), { 'content-encoding': 'gzip' }),
    shapes: [
      ['', ' ', ''],
      ['', '<a>', ''],
    ],
  },
  'Autodiscover, plain XML': {
    read: (text) => readPoxRequest(Buffer.from(text)),
    shapes: [
      ['', '<a>', ''],
      ['<a>', 'x', '</a>'],
    ],
  },
  'Autodiscover, SOAP': { read: (text) => readSoapRequest(Buffer.from(text)), shapes: [['<a>', '<Mailbox/>', '</a>']] },
  'ids in a document': {
    read: (text) => countIds(Buffer.from(text)),
    shapes: [
      ['', '<a', ''],
      ['<', 'a:', ''],
      ['', '<t:ItemId ', ''],
    ],
  },
  'an id': { read: parseId, shapes: TEXTS },
  'a sealed state': { read: (text) => [looksSealed(text), SEALER.open(BINDING, text)], shapes: TEXTS },
  'a Content-Type': {
    read: parseContentType,
    shapes: [
      ['text/xml', ';', ''],
      ['text/xml;a="', '\\', '"'],
      ['', ' ', ''],
      ['text/xml', ' ', ';a'],
    ],
  },
  'credentials': {
    read: (text) => readBasicCredentials(`Basic ${text}`),
    shapes: [...TEXTS, ['', '=', ''], ['YTpi', ' ', 'x']],
  },
  'a scheme': { read: troubleOfScheme, shapes: TEXTS },
  'a user name': {
    read: (text) => [normalName(text), nameOfCaller(CALLERS, text), mailboxBehindName(CALLER, text)],
    shapes: TEXTS,
  },
  'cookies of a client': {
    read: (text) => cookies.toUpstream(text, 'a'),
    shapes: [
      ['', 'a=b;', ''],
      ['', ';', ''],
      ['', '=', ''],
    ],
  },
  'cookies of Exchange': {
    read: (text) => cookies.toClient([text], 'a', false),
    shapes: [
      ['a=b', ';', ''],
      ['a=', '=', ''],
      ['a=b', ';Path=', ''],
    ],
  },
  'an address': {
    read: (text) => [isAddress(text), networkOf(text, { ipv4: 24, ipv6: 64 })],
    shapes: [...TEXTS, ['', '1.', ''], ['', '0:', '']],
  },
  'a Retry-After': { read: parseRetryAfter, shapes: TEXTS },
  'a date': { read: dateOf, shapes: [...TEXTS, ['2026-01-02T03:04:05.', '0', 'x']] },
  "Entra's errors": {
    read: aadstsNumber,
    shapes: [
      ['', 'AADSTS', ''],
      ['', '1', ''],
    ],
  },
  'a restriction': {
    read: (text) => {
      const restriction = parseRestriction(
        child(findItemElement(`<m:Restriction>${text}</m:Restriction>`), 'Restriction'),
      );
      push(restriction, [], { queriesByCreation: true });
    },
    shapes: [
      [
        '<t:Or>',
        '<t:IsEqualTo><t:FieldURI FieldURI="item:Subject"/><t:FieldURIOrConstant><t:Constant Value="x"/>' +
          '</t:FieldURIOrConstant></t:IsEqualTo>',
        '</t:Or>',
      ],
      ['<t:Exists><t:FieldURI FieldURI="', 'a', '"/></t:Exists>'],
    ],
  },
  'a shape': {
    read: (text) => itemShape(children(findItemElement(text))[0]),
    shapes: [
      [
        '<m:ItemShape><t:AdditionalProperties>',
        '<t:FieldURI FieldURI="item:Subject"/>',
        '</t:AdditionalProperties></m:ItemShape>',
      ],
    ],
  },
  'blocks of a head': {
    read: (text) => {
      const bytes = Buffer.from(envelope('<m:FindItem/>', text));
      const head = readEnvelopeHead(bytes, true);
      if (head !== undefined) rewriteHead(bytes, head, undefined);
      return head === undefined ? undefined : removedBlocks(head);
    },
    shapes: [
      ['', '<t:x/>', ''],
      ['', '<t:MailboxCulture>x</t:MailboxCulture>', ''],
    ],
  },
};

/** A text of Graph that a restriction is held against. */
const MODES = ['Substring', 'PrefixOnWords', 'ExactPhrase', 'Prefixed', 'FullString'] as const;

for (const [name, { read, shapes, length = LENGTH, isSlow }] of Object.entries(READERS)) {
  t.test(name, { skip: isSlow === true ? LONG_ONLY : false }, async (t) => {
    for (const [before, piece, after] of sample(shapes)) {
      const make = (length: number): string => before + repeated(piece, length) + after;
      const { isLinear, figures } = await growthOf(make, read, length);
      t.ok(isLinear, `${JSON.stringify(before + piece)}…: ${figures}`);
    }
  });
}

t.test('a text that is looked for in a text, both of them long', async (t) => {
  for (const mode of MODES)
    for (const [wanted, last, text] of [
      ['a', '', 'a'],
      ['a', 'b', 'a'],
      ['ab', 'b', 'ab'],
      ['a ', '', 'a '],
      ['a ', 'b', 'a '],
    ] as const) {
      const { isLinear, figures } = await growthOf(
        (size) => ({ value: `${repeated(wanted, size / 2)}${last}`, text: repeated(text, size) }),
        ({ value, text: found }) =>
          matches(
            {
              kind: 'Contains',
              field: { kind: 'named', uri: 'item:Body' },
              value,
              mode,
              ignoreCase: true,
              ignoreNonSpacing: true,
            },
            () => found,
          ),
        LENGTH,
      );
      t.ok(isLinear, `${mode}, ${JSON.stringify(wanted + last)}: ${figures}`);
    }
});
