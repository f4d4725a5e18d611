import t from 'tap';
import { proxyPage, truncated, type GraphFault } from '../../../src/simulator/graph/faults.ts';
import { reportOf } from '../../support/auto.ts';
import { GET_FOLDER } from '../../support/envelopes.ts';
import { readFault } from '../../support/managed-api.ts';
import { startStack } from '../../support/stack.ts';

const error = (status: number, code: string): GraphFault => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ error: { code, message: 'It cannot be done at the moment.' } }),
});

/** What passes by itself and says nothing of the mailbox, as often as the gateway asks. */
const DISTURBANCES: Readonly<Record<string, GraphFault>> = {
  'a page of a proxy': proxyPage(),
  'an answer that is torn off': truncated(),
  'a token that is refused': error(401, 'InvalidAuthenticationToken'),
  'an error of the server': error(500, 'ErrorInternalServerError'),
  'a store that is not available': error(500, 'ErrorMailboxStoreUnavailable'),
};

for (const [name, fault] of Object.entries(DISTURBANCES))
  t.test(`${name} where Graph is asked for the Inbox: come again, and then Graph answers`, async (t) => {
    const stack = await startStack(t, {
      backend: 'auto',
      prepare: ({ exchange }) => (exchange.settings.ewsEnabled = false),
    });
    const { script } = stack.simulator.graph;
    script.add({ ...fault, times: Infinity });
    readFault(t, await stack.post(GET_FOLDER), 'ErrorServerBusy');
    t.match(await reportOf(stack), { service: 'ews' });
    script.clear();
    t.equal((await stack.post(GET_FOLDER)).status, 200);
    t.match(await reportOf(stack), { service: 'graph' });
  });
