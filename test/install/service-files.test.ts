/** Files in docs/install, as far as they can be tried without the systems they are for. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DOMParser } from '@xmldom/xmldom';
import t from 'tap';
import { parse } from 'yaml';
import { parsePowerShell } from '../support/powershell.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

t.test('the WinSW configuration is XML and starts the gateway', async (t) => {
  const document = new DOMParser({ onError: (_level, message) => t.fail(message) }).parseFromString(
    read('docs/install/windows/ews-gateway.xml'),
    'text/xml',
  );
  const text = (name: string): string => document.getElementsByTagName(name)[0]?.textContent ?? '';
  t.equal(text('id'), 'ews-gateway');
  t.equal(text('arguments'), 'start --config "%BASE%\\config\\gateway.yaml"');
  t.equal(document.getElementsByTagName('onfailure').length, 3);
});

t.test('the PowerShell scripts agree with it', async (t) => {
  const install = read('docs/install/windows/install.ps1');
  t.match(install, /\$account = "NT SERVICE\\\$name"/);
  t.match(install, /sc\.exe config \$name obj= \$account/, 'the account that WinSW cannot set');
  for (const script of ['install', 'uninstall', 'event-log']) {
    const text = read(`docs/install/windows/${script}.ps1`);
    t.notOk(parsePowerShell(text).hasError, `${script}: syntax`);
    t.match(text, /\$ErrorActionPreference = 'Stop'/);
  }
});

t.test(
  'systemd takes the unit, and finds little exposed',
  { skip: existsSync('/usr/bin/systemd-analyze') ? false : 'systemd is not here' },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-unit-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const unit = join(folder, 'ews-gateway.service');
    writeFileSync(
      unit,
      read('docs/install/linux/ews-gateway.service').replace('/usr/local/bin/ews-gateway', '/bin/true'),
    );
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    t.equal(status, 0, stderr);
    t.notMatch(stderr, /ews-gateway\.service.*(?:unknown|invalid|failed)/i);
    const security = spawnSync('systemd-analyze', ['security', '--offline=true', unit], { encoding: 'utf8' }).stdout;
    const exposure = Number(/exposure level for \S+: (\d+\.\d)/.exec(security)?.[1]);
    t.ok(exposure < 2, `${exposure} of 10`);
  },
);

t.test('the image is made of files that there are, and runs without rights', async (t) => {
  const dockerfile = read('docs/install/docker/Dockerfile');
  const ignored = new Set(
    read('docs/install/docker/Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1)),
  );
  for (const [, sources = ''] of dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
    for (const source of sources.split(' ')) {
      t.ok(existsSync(join(ROOT, source)), source);
      t.ok(ignored.has(source), `${source} is let in`);
    }
  }
  t.match(dockerfile, /^ARG RUN_IMAGE=gcr\.io\/distroless\/\S+:nonroot$/m);
  t.match(dockerfile, /^FROM \$\{RUN_IMAGE\}$/m);
  t.match(dockerfile, /^ENTRYPOINT .*"--disable-sigusr1"/m);
  t.match(dockerfile, /^ENV .*\bMALLOC_MMAP_THRESHOLD_=4194304$/m);
  t.match(read('docs/install/linux/ews-gateway.service'), /^Environment=MALLOC_MMAP_THRESHOLD_=4194304$/m);
  t.match(dockerfile, /^HEALTHCHECK /m);
  const compose = parse(read('docs/install/docker/compose.yaml')) as {
    readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  t.match(compose.services['ews-gateway'], {
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
  });
});

t.test('the service cannot change its configuration, and leaves no memory behind', async (t) => {
  const unit = read('docs/install/linux/ews-gateway.service');
  t.match(unit, /^ProtectSystem=strict$/m);
  t.match(unit, /^ReadOnlyPaths=-\/etc\/ews-gateway$/m);
  t.notMatch(unit, /^(?:ReadWritePaths|ConfigurationDirectory)=/m);
  t.match(unit, /^LimitCORE=0$/m);
  const install = read('docs/install/windows/install.ps1');
  const writable = [...install.matchAll(/foreach \(\$sub in ([^)]*)\) \{\n {2}& icacls\.exe .*:\(OI\)\(CI\)M/g)];
  t.same(
    writable.map(([, folders]) => folders),
    ["'logs', 'certs', 'state'"],
  );
});

t.test('systemd waits for the reports of a child, and restarts a process that sends none', async (t) => {
  const unit = read('docs/install/linux/ews-gateway.service');
  for (const line of ['Type=notify', 'NotifyAccess=all', 'WatchdogSec=30', 'Restart=always'])
    t.match(unit, new RegExp(`^${line}$`, 'm'));
});

t.test('the event-log task runs a protected copy, and not as SYSTEM', async (t) => {
  const script = read('docs/install/windows/event-log.ps1');
  t.match(script, /UserId = 'NT AUTHORITY\\LOCAL SERVICE'/);
  t.notMatch(script, /NT AUTHORITY\\SYSTEM/);
  t.match(script, /-File `"\$copy`"/);
});

t.test('Node.js here knows the option that the set-ups give it', async (t) => {
  t.ok(process.allowedNodeEnvironmentFlags.has('--disable-sigusr1'));
  for (const file of ['linux/ews-gateway.service', 'windows/ews-gateway.xml', 'docker/Dockerfile'])
    t.match(read(`docs/install/${file}`), /--disable-sigusr1/);
});

t.test('the README stays under 200 lines', async (t) => {
  t.ok(read('README.md').split('\n').length < 200);
});
