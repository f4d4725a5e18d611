import t from 'tap';
import { envelope, GET_FOLDER } from '../support/envelopes.ts';
import { eventually } from '../support/eventually.ts';
import { startProxy } from '../support/proxy.ts';
import { ALICE, send, startStack } from '../support/stack.ts';

const ZONES = envelope('<m:GetServerTimeZones ReturnFullTimeZoneData="false"/>');

t.test('the status page shows what callers use, and whether it goes on through Graph', async (t) => {
  const proxy = await startProxy(t);
  // Only an Exchange Online has an end.
  const stack = await startStack(t, {
    backend: 'auto',
    upstreamName: 'outlook.office365.com',
    yaml: `proxy: "${proxy.url}"`,
    alice: '    operations: [capture, GetDelegate]',
  });
  const section = async (): Promise<string> =>
    /<section id="readiness"[^]*?<\/section>/.exec((await send(`${stack.admin}/status`, null)).text)?.[0] ?? '';
  t.match(await section(), /hidden/, 'nothing before the first request');
  await stack.post(ZONES);
  t.match(await section(), new RegExp(`${ALICE}[^]*✓ goes on<[^]*✓ GetServerTimeZones<`));
  await stack.post(GET_FOLDER);
  t.match(await section(), /! goes on, with differences<[^]*title="folders for mail[^]*! GetFolder</);
  await stack.post(envelope('<m:GetDelegate IncludePermissions="true"><t:Mailbox/></m:GetDelegate>'));
  t.match(await section(), /EWS end[^]*✗ would fail<[^]*✗ GetDelegate</);
  t.notMatch(await section(), /bob@/, 'who did nothing is not listed');
});

t.test('with shadow: graph it shows of each caller how the answers compared', async (t) => {
  const proxy = await startProxy(t);
  const stack = await startStack(t, {
    backend: 'auto',
    upstreamName: 'outlook.office365.com',
    yaml: `proxy: "${proxy.url}"`,
    registration: '    shadow: graph',
  });
  await stack.post(GET_FOLDER);
  await eventually(() => stack.gateway.metrics.current().backends.get('contoso')?.shadowOfCallers?.[0]);
  const page = (await send(`${stack.admin}/status`, null)).text;
  t.match(page, new RegExp(`${ALICE}[^]*! GetFolder<[^]*compared with EWS: 1 of 1 answer equal`));
});
