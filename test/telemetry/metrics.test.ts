import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { choose } from '../support/auto.ts';
import { envelope, GET_FOLDER } from '../support/envelopes.ts';
import { basic, BOB, send, startStack } from '../support/stack.ts';

async function metricsOf(admin: string): Promise<string> {
  return (await send(`${admin}/metrics`, null)).text;
}

t.test('what clients make up does not become a label', async (t) => {
  const { admin, post } = await startStack(t, { callers: '  - username: "@fabrikam.test"' });
  for (let index = 0; index < 20; index++) {
    await post(envelope(`<m:MadeUp${index}/>`));
    await post(GET_FOLDER, { authorization: basic(`nobody${index}@fabrikam.test`, 'x') });
    await post(GET_FOLDER.replace('soap:Envelope', `x${index}:Envelope`));
  }
  const text = await metricsOf(admin);
  t.notMatch(text, /MadeUp|nobody/);
  const series = text.split('\n').filter((line) => line.startsWith('ews_gateway_requests_total{')).length;
  t.ok(series <= 3, `${series} series`);
});

t.test('queue, connections, locks and the process are told', async (t) => {
  const { admin, post, url } = await startStack(t, { yaml: 'lockout: { failuresPerName: 10 }' });
  await post(GET_FOLDER);
  for (let index = 0; index < 10; index++) await send(url, GET_FOLDER, { authorization: basic(BOB, `wrong ${index}`) });
  const text = await metricsOf(admin);
  for (const line of [
    'ews_gateway_queue_requests{registration="contoso",state="waiting"} 0',
    'ews_gateway_mailboxes_backed_off{registration="contoso"} 0',
    'ews_gateway_upstream_connections{registration="contoso",state="connected"} 1',
    'ews_gateway_locked{kind="name"} 1',
    'ews_gateway_token_requests_total{registration="contoso",result="obtained"} 1',
  ]) {
    t.ok(text.includes(line), line);
  }
});

t.test('mailboxes that have gone over to Graph are counted, and those that were set by command', async (t) => {
  const stack = await startStack(t, { backend: 'auto' });
  const line = (service: string, count: number): string =>
    `ews_gateway_switched_mailboxes{registration="contoso",service="${service}"} ${count}`;
  await stack.post(GET_FOLDER);
  t.ok((await metricsOf(stack.admin)).includes(line('graph', 0)));
  stack.simulator.exchange.settings.ewsEnabled = false;
  await stack.post(GET_FOLDER);
  t.ok((await metricsOf(stack.admin)).includes(line('graph', 1)));
  await choose(stack, 'ews');
  const text = await metricsOf(stack.admin);
  t.ok(text.includes(line('graph', 0)) && text.includes(line('ews', 1)));
});

t.test('the dashboard in docs asks for metrics that there are', async (t) => {
  const { admin, post } = await startStack(t);
  await post(GET_FOLDER);
  const known = new Set(
    [...(await metricsOf(admin)).matchAll(/^# TYPE (\S+) (\w+)/gm)].flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
    ),
  );
  const dashboard = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../docs/grafana-dashboard.json'), 'utf8'),
  ) as {
    readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
  };
  t.ok(dashboard.panels.length > 10);
  for (const { title, targets } of dashboard.panels)
    for (const { expr } of targets)
      for (const [name] of expr.matchAll(/ews_gateway_\w+/g)) t.ok(known.has(name), `${title}: ${name}`);
  const shown = JSON.stringify(dashboard);
  for (const name of known)
    if (!name.includes('_process_') && !name.includes('_nodejs_') && !/_(?:count|sum)$/.test(name))
      t.ok(shown.includes(name), `${name} is shown`);
});

t.test('the process is watched once, whoever shows its metrics', async (t) => {
  const [one, other] = [new Metrics(), new Metrics()].map(({ registry }) => registry);
  const name = 'ews_gateway_nodejs_gc_duration_seconds';
  t.ok(one?.getSingleMetric(name));
  t.equal(one?.getSingleMetric(name), other?.getSingleMetric(name));
  t.not(
    one?.getSingleMetric('ews_gateway_requests_total'),
    other?.getSingleMetric('ews_gateway_requests_total'),
    'what a gateway counts is its own',
  );
});
