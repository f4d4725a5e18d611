import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { BodyRules } from '../../src/callers/body-rules.ts';
import { SubscribedCallers } from '../../src/callers/subscribed-callers.ts';
import { BodyScanner, type BodyVisitor } from '../../src/soap/body-scanner.ts';
import { readEnvelopeHead } from '../../src/soap/envelope-head.ts';
import { callerOf } from '../support/caller.ts';

const CAPTURES = join(import.meta.dirname, '../fixtures/captures/managed-api/flow');

/** The rules of a caller, and how many elements they were shown. */
class CountedRules implements BodyVisitor {
  readonly #rules: BodyRules;
  elements = 0;

  constructor(operation: string) {
    this.#rules = new BodyRules(callerOf(), operation, new SubscribedCallers());
  }

  get words(): RegExp {
    return this.#rules.words;
  }

  get texts(): ReadonlySet<string> {
    return this.#rules.texts;
  }

  element(localName: string): void {
    this.elements++;
    this.#rules.element(localName);
  }

  text(path: readonly string[], text: string): void {
    this.#rules.text(path, text);
  }
}

t.test('a body that names nothing the rules judge is not read element by element', (t) => {
  for (const name of readdirSync(CAPTURES)) {
    const captured = readFileSync(join(CAPTURES, name));
    const body = captured.subarray(captured.indexOf('\r\n\r\n') + 4);
    const head = body.length === 0 ? undefined : readEnvelopeHead(body, true);
    if (head === undefined) continue;
    const rules = new CountedRules(head.operation.localName);
    new BodyScanner(head, rules).whole(body.subarray(head.endBytes));
    t.equal(rules.elements, 0, name);
  }
  t.end();
});

t.test('what only looks plain is read', (t) => {
  const bodies = {
    'a mailbox': '<m:GetFolder><t:Mailbox>a</t:Mailbox></m:GetFolder>',
    'a second operation': '<m:GetFolder></m:GetFolder><m:GetFolder></m:GetFolder>',
    'a comment': '<m:GetFolder><!-- --><m:x/></m:GetFolder>',
    'an end tag of a longer name': '<m:GetFolder></m:GetFolderX><m:x/>',
    'an end tag with an attribute': '<m:GetFolder></m:GetFolder m:x="">',
    'an envelope inside': '<m:GetFolder><x:Envelope xmlns:x="x"></x:Envelope></m:GetFolder>',
  };
  for (const [name, content] of Object.entries(bodies)) {
    const body = Buffer.from(
      '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="t" ' +
        'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">' +
        `<s:Body>${content}</s:Body></s:Envelope>`,
    );
    const head = readEnvelopeHead(body, true);
    if (head === undefined) throw new Error('no head');
    const rules = new CountedRules('GetFolder');
    try {
      new BodyScanner(head, rules).whole(body.subarray(head.endBytes));
    } catch {
      rules.elements++;
    }
    t.not(rules.elements, 0, name);
  }
  t.end();
});
