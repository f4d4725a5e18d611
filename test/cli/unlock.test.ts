import t from 'tap';
import { run } from '../support/command.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { BOB, basic, send, startStack } from '../support/stack.ts';

t.test('it lists what is locked and ends a lock', async (t) => {
  const stack = await startStack(t, { yaml: 'lockout: { failuresPerName: 10 }' });
  // The port that was really given, for the command to find.
  stack.writeConfig({ yaml: 'lockout: { failuresPerName: 10 }', admin: stack.admin });
  const unlock = (...args: string[]): ReturnType<typeof run> =>
    run(t, ['unlock', '--config', stack.configFile, ...args]);
  const empty = unlock();
  t.equal(await empty.ended, 0);
  t.equal(empty.stdout, 'Nothing is locked.\n');
  for (let count = 0; count < 10; count++)
    await send(stack.url, GET_FOLDER, { authorization: basic(BOB, `wrong ${count}`) });
  const list = unlock();
  await list.ended;
  t.match(list.stdout, /^bob@contoso\.test {2}\(user name\) until 20/);
  const ended = unlock(BOB.toUpperCase());
  t.equal(await ended.ended, 0);
  t.equal(ended.stdout, 'BOB@CONTOSO.TEST is unlocked.\n');
  t.equal((await send(stack.url, GET_FOLDER, { authorization: basic(BOB) })).status, 200);
  const again = unlock(BOB);
  await again.ended;
  t.match(again.stdout, /was not locked/);
});

t.test('without a gateway it says so', async (t) => {
  const stack = await startStack(t);
  stack.writeConfig({ admin: 'http://127.0.0.1:1' });
  const command = run(t, ['unlock', '-c', stack.configFile]);
  t.equal(await command.ended, 1);
  t.match(command.stderr, /No gateway answers at http:\/\/127\.0\.0\.1:1 .*Is it running/);
});
