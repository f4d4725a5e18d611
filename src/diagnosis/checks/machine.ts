/** What the gateway needs of its own machine: readable and private files, folders to write to, free addresses. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { Enrolments } from '../../callers/enrolments.ts';
import { errorText } from '../../errors.ts';
import { count } from '../../quantity.ts';
import { daysUntil } from '../../days.ts';
import type { Config, ListenerConfig } from '../../config/types.ts';
import { openFailure } from '../../network/listen-failure.ts';
import { bad, ok, warn, type CheckLine } from '../check-line.ts';

const AREA = 'configuration';

export function checkFiles(config: Config): CheckLine[] {
  const lines: CheckLine[] = [
    ok(
      AREA,
      `${config.file}: ${count(config.registrations.size, 'registration')}, ${count(config.callers.length, 'caller')}`,
    ),
  ];
  // Windows has other permissions, which Node does not tell.
  if (process.platform !== 'win32' && (statSync(config.file).mode & 0o004) !== 0) {
    lines.push(
      warn(
        AREA,
        `${config.file} can be read by every account of this machine, and holds password hashes.`,
        `  chmod 640 ${config.file}`,
      ),
    );
  }
  lines.push(...stateLines(config.stateFile));
  for (const warning of config.warnings) lines.push(warn(AREA, warning));
  const written = [
    config.stateFile,
    ...(config.audit === undefined ? [] : [config.audit.file]),
    ...(config.tokenStore === undefined ? [] : [`${config.tokenStore.folder}/x`]),
  ];
  for (const folder of new Set(written.map((path) => nearestFolder(dirname(path))))) {
    try {
      accessSync(folder, constants.W_OK);
    } catch {
      lines.push(
        bad(
          AREA,
          `The folder ${folder} cannot be written to, and the gateway keeps files there.`,
          "Give the gateway's account the right, or name other places (stateFile, audit.file, tokenStore.folder).",
        ),
      );
    }
  }
  return lines;
}

/** The gateway does not start with a damaged state file. */
function stateLines(file: string): CheckLine[] {
  try {
    void new Enrolments(file);
    return [];
  } catch (error) {
    return [bad(AREA, errorText(error))];
  }
}

/** @param runningGateway whether a gateway with this configuration answers at its admin address */
export async function checkListeners(config: Config, runningGateway: () => Promise<boolean>): Promise<CheckLine[]> {
  const lines: CheckLine[] = [];
  for (const listener of [...config.listeners, config.admin]) {
    const failure = await tryToListen(listener);
    if (failure === undefined) lines.push(ok('listeners', `${listener.url} is free`));
    else if (failure.code === 'EADDRINUSE' && (await runningGateway()))
      lines.push(ok('listeners', `${listener.url} is in use by the running gateway`));
    else lines.push(bad('listeners', `${listener.url}: ${openFailure(failure)}`));
    lines.push(...certificateLines(listener));
  }
  return lines;
}

function certificateLines({ url, tls }: ListenerConfig): CheckLine[] {
  if (tls?.notAfter === undefined) return [];
  const days = daysUntil(tls.notAfter, Date.now());
  const state = days < 0 ? 'has expired' : `is good for ${count(days, 'day')}`;
  const text = `The certificate of ${url} ${state} (${tls.file})`;
  if (days < 0)
    return [
      bad('listeners', text, 'Put a new one there. One that ews-gateway certs made is renewed by running it again.'),
    ];
  return [
    days <= 30
      ? warn('listeners', text, 'Put a new one there in time; the gateway uses it without a restart.')
      : ok('listeners', text),
  ];
}

function tryToListen({ host, port }: ListenerConfig): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** The folder itself, or the one in which it would be made. */
function nearestFolder(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder));
}
