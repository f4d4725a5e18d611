import t from 'tap';
import { GET_FOLDER } from '../support/envelopes.ts';
import { eventually } from '../support/eventually.ts';
import { startStack } from '../support/stack.ts';
import { RawConnection, startUpstream } from '../support/upstream.ts';

t.test('running requests end, idle connections close, new ones are not taken', async (t) => {
  let answer: (() => void) | undefined;
  const ews = await startUpstream(t, (request, response) => {
    request.resume();
    answer = () => response.writeHead(200, { 'content-type': 'text/xml' }).end('<ok/>');
  });
  const { post, origin, gateway } = await startStack(t, { ews, limits: 'shutdownSeconds: 30' });
  const idle = await RawConnection.open(t, origin);
  const running = post(GET_FOLDER);
  await eventually(() => answer !== undefined);
  const closing = gateway.close();
  await idle.closed();
  await t.rejects(RawConnection.open(t, origin), { code: 'ECONNREFUSED' });
  answer?.();
  t.equal((await running).status, 200, 'the running one was answered');
  await closing;
});

t.test('after shutdownSeconds what still runs is cut', async (t) => {
  let arrived = false;
  const ews = await startUpstream(t, (request) => {
    request.resume();
    arrived = true;
  });
  const { post, gateway, log } = await startStack(t, {
    ews,
    limits: 'shutdownSeconds: 0',
    yaml: 'audit: { file: audit.log }',
  });
  const running = post(GET_FOLDER);
  running.catch(() => undefined);
  await eventually(() => arrived);
  await gateway.close();
  await t.rejects(running);
  t.ok(log().some(({ msg }) => msg === 'requests still running at the end of shutdownSeconds were cut'));
});
