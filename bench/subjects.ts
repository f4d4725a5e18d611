/** What is measured: each a process of its own on loopback, in front of the same plain upstream. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { hashPassword } from '../src/callers/password-hash.ts';
import type { Simulator } from '../src/simulator/simulator.ts';
import { freePort } from '../test/support/free-port.ts';

/** What the upstream is asked for. */
export type Task = 'small' | 'download' | 'upload';
export const TASKS: readonly Task[] = ['small', 'download', 'upload'];

export interface Subject {
  readonly name: string;
  readonly address: (task: Task) => { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  /** CPU seconds its processes have used so far; NaN where the system does not tell. */
  readonly cpuSeconds: () => number;
}

export interface GatewaySubject extends Subject {
  /** Milliseconds from its start until it took connections. */
  readonly readyAfter: number;
  /** What it holds in memory, in MiB; NaN where the system does not tell. */
  readonly residentMemory: () => number;
  /** How often its threads have been woken so far; NaN where the system does not tell. */
  readonly wakeUps: () => number;
}

export interface GatewaySetting {
  /** Further callers, `caller-N@contoso.test` from 0 on. */
  readonly callers?: number;
  /** What is started; default: the source. */
  readonly program?: readonly string[];
}

/** Go's own proxy is measured where there is a compiler for it. */
export const HAS_GO = spawnSync('go', ['version']).status === 0;
export const HAS_NGINX = spawnSync('nginx', ['-v']).error === undefined;
export const TENANT = '11111111-1111-4111-8111-111111111111';
export const CLIENT = '22222222-2222-4222-8222-222222222222';
export const SECRET = 'bench-secret';
export const PASSWORD = 'bench-password';
const ROOT = join(import.meta.dirname, '..');
/** The forms in which the gateway is run, as administrators start them. */
export const PROGRAMS = {
  source: [process.execPath, '--max-semi-space-size=16', join(ROOT, 'src/launch.js')],
  built: [process.execPath, '--max-semi-space-size=16', join(ROOT, 'dist/launch.js')],
  executable: [join(ROOT, 'dist/package/ews-gateway-linux-x64')],
} as const;
const CONTENT = { 'content-type': 'text/xml; charset=utf-8' } as const;

export class Subjects {
  readonly #folder: string;
  /** Files of the certificate and the key that the upstream has, where it speaks TLS. */
  readonly #tls: readonly string[];
  readonly #children: ChildProcess[] = [];

  /**
   * @param folder for configurations and logs
   * @param tls what the upstream has, where it speaks TLS; its certificate is an authority of its own
   */
  constructor(folder: string, tls?: { readonly certificate: string; readonly key: string }) {
    this.#folder = folder;
    this.#tls = tls === undefined ? [] : ['upstream.pem', 'upstream.key'].map((name) => join(folder, name));
    for (const [index, file] of this.#tls.entries())
      writeFileSync(file, (index === 0 ? tls?.certificate : tls?.key) ?? '');
  }

  async upstream(files: { readonly small: string; readonly large: string }): Promise<Subject> {
    const port = await freePort();
    const child = this.#node('upstream', [String(port), files.small, files.large, ...this.#tls]);
    await reachable(port);
    const protocol = this.#tls.length === 0 ? 'http' : 'https';
    return { name: 'direct', address: (task) => at(port, task, protocol), cpuSeconds: () => cpuOf(child) };
  }

  async nginx(upstream: Subject): Promise<Subject> {
    const port = await freePort();
    const [authority] = this.#tls;
    const [protocol, verification] =
      authority === undefined
        ? ['http', '']
        : [
            'https',
            `proxy_ssl_verify on; proxy_ssl_trusted_certificate ${authority}; proxy_ssl_name localhost; ` +
              'proxy_ssl_protocols TLSv1.3; ',
          ];
    const child = this.#nginx(
      'nginx',
      port,
      [
        `location / { proxy_pass ${protocol}://upstream; ${verification}proxy_http_version 1.1; ` +
          `proxy_set_header Connection ""; proxy_set_header Authorization "Bearer a-token"; ` +
          `proxy_request_buffering off; proxy_buffering on; proxy_max_temp_file_size 0; }`,
      ],
      `upstream upstream { server ${new URL(upstream.address('small').url).host}; keepalive 256; ` +
        `keepalive_requests 10000000; }`,
    );
    await reachable(port);
    return { name: 'nginx', address: (task) => at(port, task), cpuSeconds: () => cpuOf(child) };
  }

  /** The ReverseProxy of Go's standard library. @throws Error where it cannot be compiled */
  go(upstream: Subject): Promise<Subject> {
    const program = join(this.#folder, 'reverse-proxy');
    const { status, stderr } = spawnSync('go', ['build', '-o', program, join(import.meta.dirname, 'reverse-proxy.go')]);
    if (status !== 0) throw new Error(stderr.toString());
    return this.#proxy("Go's ReverseProxy", upstream, (args) => this.#spawn(program, args));
  }

  proxy(name: string, script: string, upstream: Subject): Promise<Subject> {
    return this.#proxy(name, upstream, (args) => this.#node(script, args));
  }

  /** @param start given its port, the upstream's origin and, where that speaks TLS, the file of its authority */
  async #proxy(name: string, upstream: Subject, start: (args: readonly string[]) => ChildProcess): Promise<Subject> {
    const port = await freePort();
    const { origin } = new URL(upstream.address('small').url);
    const child = start([String(port), origin, ...this.#tls.slice(0, 1)]);
    await reachable(port);
    return { name, address: (task) => at(port, task), cpuSeconds: () => cpuOf(child) };
  }

  /**
   * The product as it is started by an administrator: one caller and registration for each task.
   */
  async gateway(
    upstream: Subject,
    { entra, tls }: Simulator,
    { callers = 0, program = PROGRAMS.source }: GatewaySetting = {},
  ): Promise<GatewaySubject> {
    const port = await freePort();
    const file = join(this.#folder, 'gateway.yaml');
    const hash = await hashPassword(PASSWORD);
    writeFileSync(join(this.#folder, 'ca.pem'), tls.certificate);
    writeFileSync(
      file,
      [
        `listen: ["http://127.0.0.1:${port}"]`,
        'admin: { url: "http://127.0.0.1:0" }',
        'caCertificates: [ca.pem]',
        'log: { format: json }',
        'audit: { file: audit.log }',
        'registrations:',
        ...TASKS.map(
          (task) =>
            `  ${task}: { tenantId: ${TENANT}, clientId: ${CLIENT}, credential: { secret: { env: ` +
            `BENCH_SECRET } }, cloud: custom, ` +
            `endpoints: { login: "${entra.origin}", ews: "${upstream.address(task).url}", scope: ` +
            `"https://outlook.office365.com/.default" } }`,
        ),
        'callers:',
        ...TASKS.map(
          (task) =>
            `  - { username: ${task}@contoso.test, registration: ${task}, operations: mail, password: { ` +
            `hash: "${hash}" } }`,
        ),
        ...Array.from(
          { length: callers },
          (_, count) =>
            `  - { username: caller-${count}@contoso.test, registration: small, operations: mail, password: { ` +
            `hash: "${hash}" } }`,
        ),
        '',
      ].join('\n'),
    );
    const [command = '', ...args] = program;
    const begun = performance.now();
    const child = spawn(command, [...args, 'start', '--config', file], {
      stdio: ['ignore', openSync(join(this.#folder, 'gateway.log'), 'w'), 'inherit'],
      // As the systemd unit and the image set it.
      env: { MALLOC_MMAP_THRESHOLD_: '4194304', ...process.env, BENCH_SECRET: SECRET },
    });
    this.#children.push(child);
    await reachable(port);
    const readyAfter = performance.now() - begun;
    const url = `http://127.0.0.1:${port}/ews/exchange.asmx`;
    return {
      name: 'ews-gateway',
      address: (task) => ({
        url,
        headers: {
          ...CONTENT,
          authorization: `Basic ${Buffer.from(`${task}@contoso.test:${PASSWORD}`).toString('base64')}`,
        },
      }),
      cpuSeconds: () => cpuOf(child),
      readyAfter,
      residentMemory: () => residentMemoryOf(child),
      wakeUps: () => wakeUpsOf(child),
    };
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        const ended = new Promise((resolve) => child.once('close', resolve));
        child.kill('SIGTERM');
        await ended;
      }),
    );
  }

  #node(script: string, args: readonly string[]): ChildProcess {
    return this.#spawn(process.execPath, [join(import.meta.dirname, `${script}.ts`), ...args]);
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const child = spawn(program, args, { stdio: 'inherit' });
    this.#children.push(child);
    return child;
  }

  /** One process without a master, so that all its CPU time is in one place. */
  #nginx(name: string, port: number, locations: readonly string[], http = ''): ChildProcess {
    const folder = join(this.#folder, name);
    mkdirSync(folder);
    const file = join(folder, 'nginx.conf');
    writeFileSync(
      file,
      `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log; user root;
events { worker_connections 1024; }
http {
  access_log off; client_max_body_size 0; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  keepalive_requests 10000000; sendfile on; tcp_nodelay on;
  ${http}
  server { listen 127.0.0.1:${port}; ${locations.join('\n    ')} }
}
`,
    );
    return this.#spawn('nginx', ['-c', file, '-e', join(folder, 'error.log')]);
  }
}

function at(port: number, task: Task, protocol = 'http'): ReturnType<Subject['address']> {
  return { url: `${protocol}://127.0.0.1:${port}/${task}/Exchange.asmx`, headers: CONTENT };
}

/** User and system time of a process and its threads, from /proc (Linux). */
function cpuOf({ pid }: ChildProcess): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.NaN;
  }
}

function residentMemoryOf({ pid }: ChildProcess): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

async function reachable(port: number): Promise<void> {
  for (let tries = 0; tries < 2_000; tries++) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (connected) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`nothing listens on port ${port}`);
}

function wakeUpsOf({ pid }: ChildProcess): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.reduce((sum, thread) => {
      const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
      return sum + Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(status)?.[1]);
    }, 0);
  } catch {
    return Number.NaN;
  }
}
