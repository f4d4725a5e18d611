import t from 'tap';
import { COMMON_PLACES, OPERATION_PLACES } from '../../src/callers/mailbox-places.ts';
import { GRANTABLE } from '../../src/ews/operations.ts';
import { EWS_MESSAGES, EWS_TYPES } from '../../src/soap/namespaces.ts';
import { envelope, impersonation } from '../support/envelopes.ts';
import { schemaErrors } from '../support/ews-schema.ts';
import { readFault } from '../support/managed-api.ts';
import { bodyNaming } from '../support/place-bodies.ts';
import { ALICE, BOB, startStack } from '../support/stack.ts';

const PLACES = [...COMMON_PLACES, ...OPERATION_PLACES];
const GUID = '11111111-2222-4333-8444-555555555555';
/** What cannot be compared with an address is nobody's own. */
const isId = (place: readonly string[]): boolean => /Guid$|ExternalObjectId$/.test(place.at(-1) ?? '');
const alice = `    operations: [${[...GRANTABLE].join(', ')}]`;

t.test('one that names another mailbox is refused, one that names the own passes', async (t) => {
  const { post, simulator } = await startStack(t, { alice });
  const { requests } = simulator.exchange;
  for (const place of PLACES) {
    const name = place.join('/');
    const others = await post(envelope(bodyNaming(place, isId(place) ? GUID : BOB)));
    t.match(readFault(t, others, 'ErrorAccessDenied').text, /may not open mailbox/, name);
    const before = requests.length;
    const spread = envelope(bodyNaming(place, isId(place) ? GUID : `\n${BOB.toUpperCase()}<!-- -->`));
    readFault(t, await post(spread), 'ErrorAccessDenied');
    t.equal(requests.length, before, `${name} of another did not reach Exchange`);
    if (isId(place)) continue;
    await post(envelope(bodyNaming(place, ALICE.toUpperCase())));
    t.equal(requests.length, before + 1, `${name} of her own did`);
    t.equal(requests.at(-1)?.mailbox, ALICE);
  }
});

t.test('these requests follow the schemas', async (t) => {
  // FolderId is judged although these schemas know no Mailbox there.
  const places = PLACES.filter(([first]) => first !== 'FolderId');
  const documents = places.map((place) =>
    bodyNaming(place, isId(place) ? GUID : ALICE).replace(
      /^<m:\w+/,
      `$& xmlns:m="${EWS_MESSAGES}" xmlns:t="${EWS_TYPES}"`,
    ),
  );
  t.same(await schemaErrors(documents), []);
});

t.test('an element to be read that holds others is refused', async (t) => {
  const { post, simulator } = await startStack(t, { alice });
  for (const place of PLACES) {
    const nested = envelope(
      bodyNaming(place, `${ALICE.slice(0, 2)}<t:EmailAddress>${ALICE.slice(2)}</t:EmailAddress>`),
    );
    const { text } = readFault(t, await post(nested), 'ErrorInvalidRequest');
    t.match(text, `In the request ${place.at(-1)} holds another element (EmailAddress)`);
  }
  const mailbox = `<t:Mailbox><t:EmailAddress>${BOB}</t:EmailAddress></t:Mailbox>`;
  const folder = `<t:DistinguishedFolderId Id="inbox">${mailbox}</t:DistinguishedFolderId>`;
  const around = `<m:ParentFolderId>${folder}</m:ParentFolderId>`;
  readFault(t, await post(envelope(`<m:GetPersona>${around}</m:GetPersona>`)), 'ErrorAccessDenied');
  t.same(simulator.exchange.requests, []);
});

t.test('no operation holds what a lenient reader could take for the envelope and its header', async (t) => {
  const { post, simulator } = await startStack(t, { alice });
  const hidden = (element: string): string =>
    envelope(`<m:CreateItem><m:Items><t:Message>${element}</t:Message></m:Items></m:CreateItem>`);
  for (const [name, element] of [
    ['ExchangeImpersonation', impersonation(BOB)],
    ['ExchangeImpersonation', '<ExchangeImpersonation xmlns=""/>'],
    ['Envelope', '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>'],
  ] as const) {
    const { text } = readFault(t, await post(hidden(element)), 'ErrorInvalidRequest');
    t.match(text, `An element ${name} stands inside the operation`);
  }
  t.same(simulator.exchange.requests, []);
});

t.test('a person is looked up by address', async (t) => {
  const { post, simulator } = await startStack(t, { alice });
  const person = `<m:EmailAddress><t:EmailAddress>${BOB}</t:EmailAddress></m:EmailAddress>`;
  await post(envelope(`<m:GetPersona>${person}</m:GetPersona>`));
  t.equal(simulator.exchange.requests.length, 1);
});
