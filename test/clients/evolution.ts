/** Evolution: the mail provider of evolution-ews, without its windows, on a session bus of its own. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { outputOf } from './output-of.ts';
import type { ClientRun } from './run.ts';

const PYTHON = '/usr/bin/python3';
const SESSION_BUS = '/usr/bin/dbus-run-session';
const PROVIDER = '/usr/lib/evolution-data-server/camel-providers/libcamelews.so';
/** Where it keeps what, so that it finds nothing of the user's. */
const FOLDERS = ['XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_CACHE_HOME', 'XDG_RUNTIME_DIR'];

/** Why it cannot be run here, undefined where it can. */
export function missingForEvolution(): string | undefined {
  const camel = 'import gi; gi.require_version("Camel", "1.2")';
  return existsSync(PROVIDER) && existsSync(SESSION_BUS) && spawnSync(PYTHON, ['-c', camel]).status === 0
    ? undefined
    : "install Debian's packages evolution-ews, gir1.2-camel-1.2, python3-gi and dbus-daemon";
}

/** @returns how many checks passed */
export async function checkEvolution({
  url,
  username,
  sender,
  password,
  folder,
  serves,
}: Pick<ClientRun, 'url' | 'username' | 'sender' | 'password' | 'folder' | 'serves'>): Promise<number> {
  const folders = FOLDERS.map((name) => [name, join(folder, name)] as const);
  for (const [, made] of folders) mkdirSync(made, { mode: 0o700 });
  const script = join(import.meta.dirname, 'with_evolution.py');
  const kind = serves('Subscribe', 'GetStreamingEvents') ? 'whole' : 'switched';
  const output = await outputOf(
    SESSION_BUS,
    ['--', PYTHON, script, url, username, password, sender, join(folder, 'mail'), kind],
    { ...Object.fromEntries(folders), HOME: folder, LANG: 'C.UTF-8', GSETTINGS_BACKEND: 'memory' },
  );
  return Number(/(\d+) checks passed/.exec(output)?.[1] ?? 0);
}
