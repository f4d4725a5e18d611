/** The recipes for several gateways, as far as they can be held without a cluster. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { parse, parseAllDocuments } from 'yaml';
import { hashPassword } from '../../src/callers/password-hash.ts';
import { makeCertificate } from '../../src/certificates/x509.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { CHEAP } from '../support/stack.ts';
import { STATE_KEY } from '../support/kept-states.ts';
import { renderTemplate } from './helm-values.ts';

const ROOT = join(import.meta.dirname, '../..');
const RECIPES = join(ROOT, 'docs/install/kubernetes');
/** Where the models of a kind are, and what they are called there. */
const MODELS: Readonly<Record<string, string>> = {
  'v1 ServiceAccount': 'kubernetes-models/v1',
  'v1 Service': 'kubernetes-models/v1',
  'apps/v1 Deployment': 'kubernetes-models/apps/v1',
  'policy/v1 PodDisruptionBudget': 'kubernetes-models/policy/v1',
  'networking.k8s.io/v1 NetworkPolicy': 'kubernetes-models/networking.k8s.io/v1',
  'monitoring.coreos.com/v1 ServiceMonitor': '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
};

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

function manifestsIn(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw document.errors[0] as Error;
    return document.toJS() as Manifest;
  });
}

const read = (name: string): string => readFileSync(join(RECIPES, name), 'utf8');
const PLAIN = [...manifestsIn(read('ews-gateway.yaml')), ...manifestsIn(read('service-monitor.yaml'))];

function moduleOf({ apiVersion, kind }: Manifest): string {
  const found = MODELS[`${apiVersion} ${kind}`];
  if (found === undefined) throw new Error(`there is no model of ${apiVersion} ${kind}`);
  return found;
}

/** What the chart makes. @param changed in place of its values */
function rendered(changed: Readonly<Record<string, unknown>> = {}): Manifest[] {
  const values = {
    Values: { ...(parse(read('chart/values.yaml')) as object), ...changed },
    Release: { Name: 'ews-gateway' },
    Chart: { AppVersion: (parse(read('chart/Chart.yaml')) as { readonly appVersion: string }).appVersion },
  };
  return readdirSync(join(RECIPES, 'chart/templates'))
    .map((name) => renderTemplate(read(`chart/templates/${name}`), values))
    .filter((text) => text.trim() !== '')
    .flatMap(manifestsIn);
}

t.test('the manifests fit the schemas of Kubernetes', async (t) => {
  for (const manifest of [...PLAIN, ...rendered({ serviceMonitor: { enabled: true } })]) {
    const module = `${moduleOf(manifest)}/${manifest.kind}`;
    const models = (await import(module)) as Record<string, new (data: object) => { validate(): void }>;
    const Model = models[manifest.kind];
    if (Model === undefined) throw new Error(`no ${manifest.kind}`);
    t.doesNotThrow(() => new Model(manifest).validate(), `${manifest.kind} ${manifest.metadata.name}`);
  }
});

t.test('no field of them is unknown', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-manifests-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  // Schemas of Kubernetes allow what they do not know; types of literals do not.
  const lines = PLAIN.map((manifest, index) => {
    const types = pathToFileURL(join(ROOT, 'node_modules', moduleOf(manifest), `${manifest.kind}.d.ts`)).pathname;
    return (
      `import type { I${manifest.kind} as Kind${index} } from ${JSON.stringify(types)};\n` +
      `export const manifest${index}: Kind${index} = ${JSON.stringify(manifest)};\n`
    );
  });
  const file = join(folder, 'manifests.ts');
  const compile = (text: string): string => {
    writeFileSync(file, text);
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', '', '--ignoreConfig'];
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    // The test runner gives its children a loader by NODE_OPTIONS, which the compiler cannot be loaded with.
    const command = ['-u', 'NODE_OPTIONS', process.execPath, tsc, ...options, '--allowImportingTsExtensions', file];
    const { status, stdout, stderr } = spawnSync('env', command, { encoding: 'utf8', cwd: ROOT });
    return `${stdout}${stderr}status ${status}`;
  };
  t.equal(compile(lines.join('')), 'status 0');
  t.match(compile(lines.join('').replace('"readOnlyRootFilesystem"', '"readonlyRootFilesystem"')), /readonlyRoot/);
});

t.test('the chart makes the same', async (t) => {
  const withoutInstance = (manifests: readonly Manifest[]): unknown =>
    JSON.parse(
      JSON.stringify(manifests, (key, value: unknown) => (key === 'app.kubernetes.io/instance' ? undefined : value)),
    );
  const byName = (a: Manifest, b: Manifest): number =>
    `${a.kind} ${a.metadata.name}`.localeCompare(`${b.kind} ${b.metadata.name}`);
  const chart = rendered({ serviceMonitor: { enabled: true } });
  t.same(withoutInstance(chart.toSorted(byName)), withoutInstance(PLAIN.toSorted(byName)));
  t.notOk(
    rendered().some(({ kind }) => kind === 'ServiceMonitor'),
    'without the operator there is none',
  );
  t.notOk(rendered({ networkPolicy: { enabled: false } }).some(({ kind }) => kind === 'NetworkPolicy'));
  const service = rendered({ service: { type: 'ClusterIP', port: 443 } }).find(({ kind }) => kind === 'Service');
  t.notMatch(JSON.stringify(service), /externalTrafficPolicy/);
});

t.test('pods have no rights that they do not need, and what their probes ask for is there', async (t) => {
  const deployment = PLAIN.find(({ kind }) => kind === 'Deployment');
  t.match(deployment, {
    spec: {
      replicas: 2,
      strategy: { rollingUpdate: { maxUnavailable: 0 } },
      template: {
        spec: {
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, runAsUser: 65532 },
          containers: [
            {
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              readinessProbe: { httpGet: { path: '/acceptz' } },
              livenessProbe: { httpGet: { path: '/healthz' } },
            },
          ],
        },
      },
    },
  });
  t.match(
    readFileSync(join(ROOT, 'docs/install/docker/Dockerfile'), 'utf8'),
    /STATE_DIRECTORY=\/var\/lib\/ews-gateway/,
  );
});

t.test('the YAML of the page is a configuration of one of several gateways', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-kubernetes-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const names = ['gateway.contoso.com'];
  const { certificate, key } = makeCertificate({ commonName: names[0] ?? '', names, days: 30, kind: 'self-signed' });
  writeFileSync(join(folder, 'tls.crt'), certificate);
  writeFileSync(join(folder, 'tls.key'), key, { mode: 0o600 });
  const yaml = (/```yaml\n([^]*?)```/.exec(read('README.md'))?.[1] ?? '')
    .replaceAll('/etc/ews-gateway-tls', folder)
    .replace('00000000-0000-0000-0000-000000000000', '11111111-1111-4111-8111-111111111111')
    .replace('00000000-0000-0000-0000-000000000000', '22222222-2222-4222-8222-222222222222')
    .replace('scrypt:printed-by-hash-password', await hashPassword('status page', CHEAP));
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, yaml);
  const environment = { CLIENT_SECRET: 'x', STATE_KEY, REDIS_PASSWORD: 'y' };
  const { sharedState, limits } = loadConfig(file, { environment });
  t.match(sharedState, { servers: { url: 'redis://valkey:6379' }, password: 'y' });
  const spec = JSON.stringify(PLAIN.find(({ kind }) => kind === 'Deployment'));
  const grace = Number(/"terminationGracePeriodSeconds":(\d+)/.exec(spec)?.[1]);
  t.ok(grace > limits.drainSeconds + limits.shutdownSeconds, 'pods are not killed before they have ended');
  for (const name of Object.keys(environment)) t.match(spec, `"name":"${name}"`, 'and gets what it needs');
});

t.test('the compose file starts gateways that share a Valkey without a disk', async (t) => {
  const compose = parse(readFileSync(join(ROOT, 'docs/install/docker/compose.fleet.yaml'), 'utf8'), {
    merge: true,
  }) as { readonly services: Readonly<Record<string, { readonly read_only?: boolean; readonly cap_drop?: unknown }>> };
  t.same(Object.keys(compose.services), ['gateway-one', 'gateway-two', 'gateway-three', 'valkey', 'balancer']);
  for (const [name, service] of Object.entries(compose.services))
    t.match(service, { read_only: true, cap_drop: ['ALL'] }, name);
});
