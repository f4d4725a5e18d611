import { Readable } from 'node:stream';
import t from 'tap';
import { request } from 'undici';
import { envelope, getFolder, GET_FOLDER } from '../../support/envelopes.ts';
import { askedOf, reportOf } from '../../support/auto.ts';
import { TestClock } from '../../support/clocks.ts';
import { ALICE, basic, startStack, type Stack } from '../../support/stack.ts';

/** A request of so many bytes and some more. */
function padded(bytes: number): string {
  return envelope(getFolder().replace('<m:FolderIds>', `${' '.repeat(bytes)}<m:FolderIds>`));
}

const LARGE = padded(2 * 1024 * 1024);

async function postInChunks({ url }: Stack, body: string): Promise<number> {
  const chunks = Readable.from(body.match(/[^]{1,65536}/g) ?? []);
  const response = await request(url, {
    method: 'POST',
    headers: { 'authorization': basic(ALICE), 'content-type': 'text/xml; charset=utf-8' },
    body: chunks,
  });
  await response.body.dump();
  return response.statusCode;
}

function operationsOf({ simulator }: Stack): string[] {
  return simulator.exchange.requests.map(({ operation }) => operation);
}

t.test('before a body that could not be sent again, EWS is proven; Graph answers where it is blocked', async (t) => {
  for (const [name, post] of Object.entries({
    'with its length': async (stack: Stack) => (await stack.post(LARGE)).status,
    'in chunks': (stack: Stack) => postInChunks(stack, LARGE),
  }))
    await t.test(name, async (t) => {
      const stack = await startStack(t, {
        backend: 'auto',
        prepare: ({ exchange }) => (exchange.settings.ewsEnabled = false),
      });
      t.equal(await post(stack), 200);
      t.equal(askedOf(stack).ews, 1);
      t.ok((stack.simulator.exchange.requests[0]?.body.length ?? 0) < 2_000, 'the body itself was not sent to EWS');
      t.match(await reportOf(stack), { service: 'graph' });
    });
});

t.test('a success of the last minute is proof enough', async (t) => {
  const clock = new TestClock('2026-12-01T00:00:00Z');
  const stack = await startStack(t, { backend: 'auto', clock });
  await stack.post(GET_FOLDER);
  clock.pass(60_000);
  await stack.post(LARGE);
  t.equal(operationsOf(stack).length, 2);
  clock.pass(60_001);
  await stack.post(LARGE);
  t.equal(operationsOf(stack).length, 4, 'after more than a minute it is asked before');
});

t.test('what can be sent again needs no proof', async (t) => {
  const stack = await startStack(t, { backend: 'auto' });
  await stack.post(padded(100 * 1024));
  t.equal(operationsOf(stack).length, 1);
});

t.test('a block in the middle of a large body: the client is asked to come again, and Graph answers', async (t) => {
  const stack = await startStack(t, { backend: 'auto' });
  await stack.post(GET_FOLDER);
  stack.simulator.exchange.settings.ewsEnabled = false;
  const refused = await stack.post(LARGE);
  t.equal(refused.status, 500);
  t.match(refused.text, /ErrorServerBusy/);
  t.equal((await stack.post(LARGE)).status, 200);
});

t.test('a block that comes while a body is still on its way', async (t) => {
  const stack = await startStack(t, { backend: 'auto' });
  await stack.post(GET_FOLDER);
  stack.simulator.exchange.settings.ewsEnabled = false;
  // Below what is kept, and more than one piece.
  t.equal(await postInChunks(stack, padded(700 * 1024)), 200);
});
