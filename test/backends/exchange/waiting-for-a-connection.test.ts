import { ServerResponse, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import t from 'tap';
import { Pool } from 'undici';
import { callUpstream, type CallOptions } from '../../../src/backends/exchange/upstream-call.ts';
import { GatewayError } from '../../../src/errors.ts';
import { eventually } from '../../support/eventually.ts';
import { startUpstream } from '../../support/upstream.ts';

t.test('a request that gets no connection in time is put off, and never sent', async (t) => {
  let arrived = 0;
  let calls = 0;
  const finish: (() => void)[] = [];
  const url = new URL(
    await startUpstream(t, (request, response) => {
      request.resume();
      arrived++;
      finish.push(() => response.writeHead(200, { 'content-type': 'text/xml' }).end('<ok/>'));
    }),
  );
  const dispatcher = new Pool(url.origin, { connections: 1, pipelining: 1 });
  t.teardown(() => dispatcher.close());
  const options = (longestWait: number): CallOptions => ({
    dispatcher,
    request: { origin: url.origin, path: url.pathname, method: 'POST', body: 'x', idempotent: false },
    client: new ServerResponse(new IncomingMessage(new Socket())),
    flushHead: false,
    holdFaults: false,
    watch: undefined,
    ending: undefined,
    longestWait,
    onHead: () => ({}),
    explain: (error) => GatewayError.from(error),
    sink: { upstreamCall: () => calls++, upstreamRequestId: () => undefined, items: () => undefined },
  });
  const first = callUpstream(options(60_000));
  await eventually(() => arrived === 1);
  await t.rejects(callUpstream(options(10)), { code: 'UPSTREAM_BUSY', backOffMilliseconds: 5_000 });
  const gone = options(60_000);
  const left = callUpstream(gone);
  gone.client.destroy();
  gone.client.emit('close');
  await t.rejects(left, { code: 'CLIENT_GONE' }, 'nor does one wait whose client has gone');
  finish[0]?.();
  t.match(await first, { kind: 'relayed', status: 200 });
  const next = callUpstream(options(60_000));
  await eventually(() => arrived === 2);
  finish[1]?.();
  t.match(await next, { kind: 'relayed', status: 200 });
  t.equal(arrived, 2);
  t.equal(calls, 4, 'each call was counted once, however it ended');
});
