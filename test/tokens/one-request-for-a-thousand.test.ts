import t from 'tap';
import { Agent, request } from 'undici';
import { GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, startStack } from '../support/stack.ts';
import { THOROUGH } from '../support/effort.ts';

const COUNT = THOROUGH ? 1_000 : 100;

t.test(`${COUNT} concurrent first requests cause exactly one token request`, async (t) => {
  const { url, simulator } = await startStack(t, {
    limits: 'connectionsPerAddress: 2000',
    // Slow enough that all requests meet while it is under way.
    prepare: ({ entra }) => entra.script.add({ operation: 'token', delay: 1.5 * COUNT }),
    logLevel: 'warn',
  });
  const dispatcher = new Agent({ connections: 500 });
  t.teardown(() => dispatcher.close());
  const statuses = await Promise.all(
    Array.from({ length: COUNT }, async () => {
      const response = await request(url, {
        method: 'POST',
        dispatcher,
        headers: { 'authorization': basic(ALICE), 'content-type': 'text/xml' },
        body: GET_FOLDER,
      });
      await response.body.dump();
      return response.statusCode;
    }),
  );
  t.equal(statuses.filter((status) => status === 200).length, COUNT, 'all are answered');
  t.equal(simulator.entra.tokenRequests.length, 1);
});
