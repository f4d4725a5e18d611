import { Writable } from 'node:stream';
import t from 'tap';
import type { Config } from '../../src/config/types.ts';
import { ExpiryWatch } from '../../src/gateway/expiry-watch.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { registrationAt } from '../support/entra.ts';
import { send, startStack } from '../support/stack.ts';

const DAY = 86_400_000;

t.test('30, 14, 7 and 1 days ahead and at the end, once each', async (t) => {
  const messages: string[] = [];
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => (
      messages.push(String((JSON.parse(chunk.toString()) as { msg: string }).msg)),
      done()
    ),
  });
  const end = new Date('2027-01-31T23:59:59Z');
  const registration = {
    ...registrationAt('https://login.test'),
    credential: { kind: 'secret', secret: 'x', nextSecret: undefined, notAfter: end } as const,
  };
  let days = 40;
  const metrics = new Metrics();
  const watch = new ExpiryWatch({
    log: createLogger({ level: 'warn', format: 'json' }, sink),
    metrics,
    config: () =>
      ({ registrations: new Map([['contoso', registration]]), listeners: [], admin: {} }) as unknown as Config,
    now: () => end.getTime() - days * DAY,
  });
  t.teardown(() => watch.stop());
  const warnedOn: number[] = [];
  for (; days > -3; days--) {
    const before = messages.length;
    watch.look();
    watch.look();
    if (messages.length > before) warnedOn.push(days);
    t.ok(messages.length - before <= 1);
  }
  t.same(warnedOn, [30, 14, 7, 1, 0]);
  t.match(
    messages[0],
    /the client secret of registration 'contoso' expires in 30 days\. Create a new one for app 2222.*nextSecret/,
  );
  t.match(
    await metrics.registry.metrics(),
    /ews_gateway_credential_expiry_timestamp_seconds\{registration="contoso"\} 1801439999/,
  );
});

t.test('the day stands in the configuration', async (t) => {
  const { log, admin, reload, writeConfig } = await startStack(t, {
    registration: '    credential: { secret: { env: SECRET }, expires: "2020-02-29" }',
  });
  t.ok(log().some(({ msg }) => String(msg).includes("client secret of registration 'contoso' has expired")));
  t.match(
    (await send(`${admin}/metrics`, null)).text,
    /ews_gateway_credential_expiry_timestamp_seconds\{registration="contoso"\} 1583020799/,
  );
  writeConfig({ registration: '    credential: { secret: { env: SECRET }, expires: "2021-02-29" }' });
  await t.rejects(reload(), { message: /credential\.expires: there is no day 2021-02-29/ });
});
