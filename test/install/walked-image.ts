/**
 * Makes the tree of files that the Dockerfile describes, instruction by instruction, and runs programs over it as a
 * container would: in a root of their own, that cannot be written, with mounts and processes of their own, as the
 * image's account. What it is not: an engine that pulls images, and a network of its own.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';

/** The account `nonroot` of the distroless images. */
export const NONROOT = 65_532;
const ROOT = join(import.meta.dirname, '../..');
/** The test runner gives its children a loader by NODE_OPTIONS, which neither a build nor an image has. */
const PLAIN = ['-u', 'NODE_OPTIONS'];

/** Why no image can be walked here; undefined where it can. */
export function cannotWalk(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  return spawnSync('unshare', ['--mount', '--pid', '--fork', 'true']).status === 0
    ? undefined
    : 'namespaces are denied';
}

export class WalkedImage {
  readonly #tree: string;
  readonly #entry: readonly string[];
  readonly #command: readonly string[];
  readonly #healthCheck: readonly string[];
  readonly #environment: Record<string, string> = {};

  /** @param folder in which the tree is made */
  constructor(folder: string) {
    const [build, tree] = [join(folder, 'build'), join(folder, 'image')];
    this.#tree = tree;
    const exec = new Map<string, readonly string[]>();
    let [stage, workingFolder] = ['', '/'];
    for (const [name, rest] of instructions()) {
      const own = stage === 'build' ? build : tree;
      const at = (path: string): string => join(own, isAbsolute(path) ? path : join(workingFolder, path));
      if (name === 'FROM') [stage, workingFolder] = [/ AS (\w+)$/.exec(rest)?.[1] ?? 'image', '/'];
      else if (name === 'WORKDIR') mkdirSync(at((workingFolder = rest)), { recursive: true });
      else if (name === 'COPY') copy(rest, build, at);
      // What was installed is there already; a link to each file is as good as a copy.
      else if (name === 'RUN' && rest.startsWith('npm ci'))
        execFileSync('cp', ['-al', join(ROOT, 'node_modules'), at('node_modules')]);
      else if (name === 'RUN') this.#run(rest.replaceAll(/(?<= )\/(?=\w)/g, `${build}/`), at('.'));
      else if (name === 'ENV')
        for (const [, key = '', value = ''] of rest.matchAll(/(\w+)=(\S+)/g)) this.#environment[key] = value;
      else if (rest.includes('[')) exec.set(name, JSON.parse(rest.slice(rest.indexOf('['))) as string[]);
    }
    [this.#entry, this.#command, this.#healthCheck] = ['ENTRYPOINT', 'CMD', 'HEALTHCHECK'].map(
      (name) => exec.get(name) ?? [],
    ) as [readonly string[], readonly string[], readonly string[]];
    this.#addBase();
  }

  /** Where a volume is mounted. */
  path(inside: string): string {
    return join(this.#tree, inside);
  }

  /** Runs the entry point with the image's own arguments. */
  start(): ChildProcess {
    return this.#spawn([...this.#entry, ...this.#command]);
  }

  /** Whether the health check finds the gateway well. @param admin `:PORT/` in place of the usual one */
  isHealthy(admin: string): boolean {
    return this.#contained(this.#healthCheck.map((part) => part.replace(':8026/', admin))).status === 0;
  }

  /** What `docker run IMAGE ARGUMENTS` prints. */
  run(...args: readonly string[]): string {
    const { stdout, stderr } = this.#contained([...this.#entry, ...args]);
    return stdout + stderr;
  }

  /** What a script prints that runs in the image. */
  evaluate(script: string): string {
    return this.#contained(['/nodejs/bin/node', '--input-type=module', '-e', script]).stdout;
  }

  #run(line: string, cwd: string): void {
    const { status, stdout, stderr } = spawnSync('env', [...PLAIN, 'sh', '-ec', line], {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, npm_config_offline: 'true' },
    });
    if (status !== 0) throw new Error(`RUN ${line}: ${stdout}${stderr}`);
  }

  /** What the base image has: Node.js with its libraries, accounts and certificates. */
  #addBase(): void {
    const libraries = execFileSync('ldd', [process.execPath], { encoding: 'utf8' });
    for (const [file] of libraries.matchAll(/\/\S+/g)) {
      mkdirSync(dirname(this.path(file)), { recursive: true });
      copyFileSync(file, this.path(file));
    }
    mkdirSync(this.path('/nodejs/bin'), { recursive: true });
    cpSync(process.execPath, this.path('/nodejs/bin/node'));
    for (const folder of ['dev', 'proc', 'tmp', 'etc/ews-gateway']) mkdirSync(this.path(folder), { recursive: true });
    writeFileSync(this.path('/etc/passwd'), `nonroot:x:${NONROOT}:${NONROOT}::/home/nonroot:/sbin/nologin\n`);
    chmodSync(this.path('/tmp'), 0o1777);
  }

  #contained(command: readonly string[]): { status: number | null; stdout: string; stderr: string } {
    return spawnSync('/usr/bin/env', this.#inNamespaces(command), {
      encoding: 'utf8',
      env: this.#environment,
      input: '',
    });
  }

  #spawn(command: readonly string[]): ChildProcess {
    return spawn('/usr/bin/env', this.#inNamespaces(command), {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** As compose.yaml has it: a root that is read-only but for the volume and /tmp, and no new privileges. */
  #inNamespaces(command: readonly string[]): string[] {
    const mounts = [
      'mount --rbind "$0" "$0"',
      'mount -t proc proc "$0/proc"',
      'mount -t tmpfs tmpfs "$0/tmp"',
      'mount --bind "$0/var/lib/ews-gateway" "$0/var/lib/ews-gateway"',
      'for device in null urandom; do [ -e "$0/dev/$device" ] || : >"$0/dev/$device"',
      'mount --bind "/dev/$device" "$0/dev/$device"; done',
      'mount -o remount,bind,ro "$0"',
      `exec /usr/bin/setpriv --no-new-privs /usr/sbin/chroot --userspec=${NONROOT}:${NONROOT} "$0" "$@"`,
    ];
    // The signal that stops a container comes to its first process.
    return [...PLAIN, '/usr/bin/unshare', '--mount', '/bin/sh', '-ec', mounts.join('\n'), this.#tree, ...command];
  }
}

/** Name and rest of each instruction, with lines that go on joined, and arguments filled in. */
function instructions(): [string, string][] {
  const text = readFileSync(join(ROOT, 'docs/install/docker/Dockerfile'), 'utf8');
  return text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter(Boolean)
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]);
}

function copy(rest: string, build: string, at: (path: string) => string): void {
  const options = rest.split(' ').filter((word) => word.startsWith('--'));
  const paths = rest.split(' ').filter((word) => !word.startsWith('--'));
  const target = paths.pop() ?? '';
  const from = options.includes('--from=build') ? build : ROOT;
  for (const path of paths) {
    const source = resolve(from, path.replace(/^\//, ''));
    const into = target.endsWith('/') ? join(at(target), basename(path)) : at(target);
    mkdirSync(dirname(into), { recursive: true });
    // Links again, for what is large.
    if (basename(path) === 'node_modules') execFileSync('cp', ['-al', source, into]);
    else cpSync(source, into, { recursive: true, dereference: true });
    const owner = /--chown=(\d+):(\d+)/.exec(options.join(' '));
    if (owner !== null) chownSync(into, Number(owner[1]), Number(owner[2]));
  }
}
