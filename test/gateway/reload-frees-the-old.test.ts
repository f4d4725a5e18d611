import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import type { Config } from '../../src/config/types.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { eventually } from '../support/eventually.ts';
import { SECRET, startStack, type Stack } from '../support/stack.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Puts a configuration in force, and serves a request by it. */
async function serveBy({ configFile, gateway, post }: Stack): Promise<WeakRef<Config>> {
  const config = loadConfig(configFile, { environment: { SECRET } });
  await gateway.reload(config);
  await post(GET_FOLDER);
  return new WeakRef(config);
}

t.test('nothing of an old configuration stays in memory, whatever the next one keeps', async (t) => {
  const stack = await startStack(t);
  for (const [kept, changes] of Object.entries({
    'the registration': (count: number) => ({
      alice: `    operations: [capture, ${count === 1 ? 'mail' : 'SendItem'}]`,
    }),
    'nothing': (count: number) => ({ registration: `    userAgent: Agent/${count}` }),
  })) {
    const configs: WeakRef<Config>[] = [];
    for (const count of [1, 2, 3]) {
      stack.writeConfig(changes(count));
      configs.push(await serveBy(stack));
    }
    // Of a stopped connection, the last timers run out.
    await eventually(() => {
      collect();
      return configs.slice(0, -1).every((config) => config.deref() === undefined);
    });
    t.not(configs.at(-1)?.deref(), undefined, `${kept} is kept: the one in force is there`);
  }
});
