/** The process goes on, and ends when told to, whatever the disk and the reader of its log do. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { request } from 'undici';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { envelope, getFolder } from '../support/envelopes.ts';
import { freePort } from '../support/free-port.ts';
import { ALICE, assertNoSecrets, basic, CLIENT, newMailbox, SECRET, send, TENANT, yamlOf } from '../support/stack.ts';
import { TEST_KEY } from '../support/key.ts';
import { LONG_ONLY } from '../support/effort.ts';

const skip = process.platform === 'linux' ? false : 'needs /dev/full, named pipes and prlimit of Linux';
const MAIN = process.env['EWS_GATEWAY_MAIN'] ?? join(import.meta.dirname, '../../src/main.ts');
/** What a request adds to the log and to the audit log is close to 4 KB: header blocks that are taken out. */
const LARGE = envelope(
  getFolder(),
  Array.from({ length: 30 }, (_, index) => `<x:${'block'.repeat(20)}${index} xmlns:x="urn:x"/>`).join(''),
);
/** Seconds. */
const SHUTDOWN = 2;

interface Subject {
  readonly url: string;
  readonly admin: string;
  readonly audit: string;
  readonly child: ChildProcess;
  /** Sends so many requests, of which each must be answered. */
  readonly requests: (count: number) => Promise<void>;
  /** Sends requests until both logs have lost lines. */
  readonly fill: () => Promise<void>;
  readonly dropped: () => Promise<{ readonly audit: number; readonly log: number }>;
  /** Requests answered so far. */
  readonly answered: () => number;
  /** Sends SIGTERM. @returns exit status, and milliseconds until then */
  readonly stop: () => Promise<{ readonly status: number | null; readonly took: number }>;
}

interface Place {
  /** Folder of the audit log. */
  readonly folder: string;
  readonly stdout: number | 'pipe';
  readonly prefix?: readonly string[];
}

function newFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-full-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function started(t: Test, { folder, stdout, prefix = [] }: Place): Promise<Subject> {
  const simulator = await startSimulator({
    key: TEST_KEY,
    apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }] }],
    mailboxes: [newMailbox(ALICE)],
  });
  t.teardown(() => simulator.close());
  const configFolder = newFolder(t);
  const [port, adminPort] = [await freePort(), await freePort()];
  const audit = join(folder, 'audit.log');
  writeFileSync(join(configFolder, 'ca.pem'), simulator.tls.certificate);
  const yaml = yamlOf(simulator, {
    listen: `["http://127.0.0.1:${port}"]`,
    admin: `http://127.0.0.1:${adminPort}`,
    limits: `shutdownSeconds: ${SHUTDOWN}`,
    yaml: `log: { format: json }\naudit: { file: ${audit}, maxBytes: 1000000000 }`,
  });
  writeFileSync(join(configFolder, 'gateway.yaml'), yaml);
  // Without what the tests' runner loads into every process: it ends it at a file size limit.
  const plain = ['env', '-u', 'NODE_OPTIONS'];
  const command = [
    ...plain,
    ...prefix,
    process.execPath,
    MAIN,
    'start',
    '--config',
    join(configFolder, 'gateway.yaml'),
  ];
  const child = spawn(command[0] ?? '', command.slice(1), {
    env: { ...process.env, SECRET },
    stdio: ['ignore', stdout, 'pipe'],
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (status) => resolve(status)));
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
    assertNoSecrets(stderr);
    if (stderr !== '') throw new Error(stderr);
  });
  const [url, admin] = [`http://127.0.0.1:${port}/ews/exchange.asmx`, `http://127.0.0.1:${adminPort}`];
  while ((await healthy(admin)) !== 200) await new Promise((resolve) => setTimeout(resolve, 20));
  let answered = 0;
  const requests = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= 10) {
      const answers = await Promise.all(
        Array.from({ length: Math.min(10, left) }, () => send(url, LARGE, { authorization: basic(ALICE) })),
      );
      const bad = answers.find(({ status }) => status !== 200);
      if (bad !== undefined) throw new Error(`a request got HTTP ${bad.status}: ${bad.text}`);
      answered += answers.length;
    }
  };
  const dropped: Subject['dropped'] = async () => {
    const text = await (await request(`${admin}/metrics`)).body.text();
    const of = (log: string): number =>
      Number(new RegExp(`^ews_gateway_log_lines_dropped_total\\{log="${log}"\\} (\\d+)$`, 'm').exec(text)?.[1]);
    return { audit: of('audit'), log: of('log') };
  };
  return {
    url,
    admin,
    audit,
    child,
    requests,
    dropped,
    answered: () => answered,
    fill: async () => {
      for (let lost = await dropped(); !(lost.audit > 0 && lost.log > 0); lost = await dropped()) await requests(100);
    },
    stop: async () => {
      const begun = performance.now();
      child.kill('SIGTERM');
      return { status: await ended, took: performance.now() - begun };
    },
  };
}

async function healthy(admin: string): Promise<number> {
  return request(`${admin}/healthz`).then(
    async ({ statusCode, body }) => (await body.dump(), statusCode),
    () => 0,
  );
}

function linesIn(file: string): Record<string, unknown>[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  assertNoSecrets(text);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function attentionOf(admin: string): Promise<string> {
  return (await request(`${admin}/status`)).body.text();
}

/** Fills both logs, makes room, and looks whether everything is written, or counted. */
async function fullAndBack(t: Test, subject: Subject, log: string, makeRoom: () => void): Promise<void> {
  const { admin, audit } = subject;
  await subject.fill();
  t.equal(await healthy(admin), 200);
  t.match(await attentionOf(admin), /audit\.log cannot be written since .*lost so far/);
  t.match(await attentionOf(admin), /standard output cannot be written since .*lost so far/);
  makeRoom();
  const before = { audit: linesOf(audit).length, log: linesOf(log).length };
  while (linesOf(audit).length <= before.audit || linesOf(log).length <= before.log)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const lost = await subject.dropped();
  await subject.requests(10);
  t.same(await subject.dropped(), lost, 'no line is lost any more');
  const { status, took } = await subject.stop();
  t.equal(status, 0);
  t.ok(took < SHUTDOWN * 1_000 + 2_000, `${took} ms`);
  const requestsIn = (file: string): number => linesIn(file).filter(({ requestId }) => requestId !== undefined).length;
  t.equal(requestsIn(audit) + lost.audit, subject.answered(), 'each request is in the audit log or counted');
  t.equal(linesIn(log).at(-1)?.['msg'], 'stopped');
  t.match(
    linesIn(audit).findLast(({ event }) => event !== undefined),
    { event: 'LOG_WRITTEN_AGAIN' },
  );
  t.ok(
    linesIn(log).some(({ msg }) => /audit\.log is written again after .* lost so far/.test(String(msg))),
    'told in the other log',
  );
}

/** Whole lines of a file that is being written. */
function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}

t.test('/dev/full from the beginning: it serves, tells of it, and ends', { skip: skip || LONG_ONLY }, async (t) => {
  const folder = newFolder(t);
  symlinkSync('/dev/full', join(folder, 'audit.log'));
  const stdout = openSync('/dev/full', 'w');
  t.teardown(() => closeSync(stdout));
  const subject = await started(t, { folder, stdout });
  await subject.fill();
  t.equal(await healthy(subject.admin), 200);
  t.match(await attentionOf(subject.admin), /audit\.log cannot be written .*\(ENOSPC\).*make room/);
  const { status, took } = await subject.stop();
  t.equal(status, 0);
  t.ok(took < SHUTDOWN * 1_000 + 2_000, `${took} ms`);
});

t.test(
  'a file size limit that is raised: the lines that were kept are written',
  { skip: skip || LONG_ONLY },
  async (t) => {
    const folder = newFolder(t);
    const log = join(folder, 'gateway.log');
    const stdout = openSync(log, 'a');
    t.teardown(() => closeSync(stdout));
    const subject = await started(t, { folder, stdout, prefix: ['prlimit', '--fsize=50123:'] });
    await fullAndBack(t, subject, log, () =>
      execFileSync('prlimit', ['--pid', String(subject.child.pid), '--fsize=unlimited:']),
    );
  },
);

t.test('a disk of its own that is full, and has room again', { skip: skip || LONG_ONLY }, async (t) => {
  const folder = newFolder(t);
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'none', disk], { stdio: 'ignore' });
  } catch {
    t.comment('skipped: mounting a file system needs root');
    return;
  }
  t.teardown(() => execFileSync('umount', ['--lazy', disk]));
  const filler = join(disk, 'filler');
  execFileSync('sh', ['-c', 'head -c 16000000 /dev/zero > "$0" || true', filler], { stdio: 'ignore' });
  const log = join(disk, 'gateway.log');
  const stdout = openSync(log, 'a');
  const subject = await started(t, { folder: disk, stdout });
  closeSync(stdout);
  await fullAndBack(t, subject, log, () => unlinkSync(filler));
});

t.test('a reader of the log that does not read, and one that is gone', { skip: skip || LONG_ONLY }, async (t) => {
  for (const gone of [false, true]) {
    const folder = newFolder(t);
    symlinkSync('/dev/full', join(folder, 'audit.log'));
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const stdout = openSync(pipe, 'w');
    const subject = await started(t, { folder, stdout });
    closeSync(stdout);
    if (gone) closeSync(reader);
    else t.teardown(() => closeSync(reader));
    await subject.fill();
    t.equal(await healthy(subject.admin), 200);
    const { status, took } = await subject.stop();
    t.equal(status, 0);
    t.ok(took < SHUTDOWN * 1_000 + 2_000, `${took} ms`);
  }
});
