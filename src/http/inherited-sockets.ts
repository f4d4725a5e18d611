/**
 * Listening sockets that systemd opened for the gateway: they stay open over a restart, so that connections wait in
 * their queue instead of being refused.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
 */
import { readFileSync, readlinkSync } from 'node:fs';

const FIRST = 3;
const LISTENING = '0A';

/**
 * Takes over what was passed; a second call, and a process started from this one, finds nothing.
 *
 * @returns file descriptors by port
 */
export function takeInheritedSockets(environment: NodeJS.ProcessEnv = process.env): Map<number, number> {
  const { LISTEN_PID: pid, LISTEN_FDS: count } = environment;
  const sockets = new Map<number, number>();
  if (process.platform !== 'linux' || pid !== String(process.pid) || count === undefined) return sockets;
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete environment[name];
  const ports = listeningPorts();
  for (let fd = FIRST; fd < FIRST + Math.min(Number(count), 64); fd++) {
    const inode = inodeOf(fd);
    const port = inode === undefined ? undefined : ports.get(inode);
    if (port !== undefined && !sockets.has(port)) sockets.set(port, fd);
  }
  return sockets;
}

function inodeOf(fd: number): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
  } catch {
    return undefined;
  }
}

/** Ports of this network namespace that are listened on, by the socket's inode. */
function listeningPorts(): Map<string, number> {
  const ports = new Map<string, number>();
  for (const table of ['tcp', 'tcp6']) {
    for (const line of readTable(table).split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === LISTENING && inode !== undefined)
        ports.set(inode, Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16));
    }
  }
  return ports;
}

function readTable(name: string): string {
  try {
    return readFileSync(`/proc/self/net/${name}`, 'latin1');
  } catch {
    return '';
  }
}
