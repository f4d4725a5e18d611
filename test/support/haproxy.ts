/** A real load balancer before several gateways, as docs/fleet.md configures it. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

/** Why a test that needs one is skipped on this machine; false where it is not. */
export const WITHOUT_HAPROXY: string | false =
  spawnSync('haproxy', ['-v']).status === 0 ? false : 'there is no haproxy here (Debian: apt-get install haproxy)';

export interface Balanced {
  /** Ports of the EWS endpoint and of the admin address, on this machine. */
  readonly port: number;
  readonly adminPort: number;
}

/** Starts one, which ends with the test. */
export async function startHaproxy(t: Test, port: number, gateways: readonly Balanced[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-haproxy-'));
  const file = join(folder, 'haproxy.cfg');
  const servers = gateways.map(
    ({ port: own, adminPort }, index) =>
      `  server gateway${index} 127.0.0.1:${own} check port ${adminPort} inter 200ms fall 1 rise 1`,
  );
  writeFileSync(
    file,
    `defaults
  mode http
  timeout connect 2s
  timeout client 35m
  timeout server 35m
  # A busy machine is not one that is down.
  timeout check 10s
frontend ews
  bind 127.0.0.1:${port}
  default_backend gateways
backend gateways
  balance leastconn
  option httpchk
  http-check send meth GET uri /acceptz hdr Host 127.0.0.1
  # Only what no gateway has seen goes to another one.
  option redispatch 1
  retries 3
  retry-on conn-failure
  http-reuse never
${servers.join('\n')}
`,
  );
  const child = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' });
  t.teardown(async () => {
    if (child.exitCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true });
  });
}
