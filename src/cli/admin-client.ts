/** Asks the running gateway, at the admin address of its configuration. */
import { request } from 'undici';
import { loadConfig } from '../gateway/load-config.ts';
import type { Config } from '../config/types.ts';
import { ADMIN_NAME } from '../admin/admin-access.ts';
import type { CommandIo } from './command.ts';
import { ownAgent, ownOrigin } from './own-connections.ts';
import { askHidden } from './terminal.ts';

/** Holds the password of the admin address, where it has one and nobody can be asked. */
export const PASSWORD_VARIABLE = 'EWS_GATEWAY_ADMIN_PASSWORD';

export interface AdminAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The password that was asked for, so that a command asks for it once. */
const passwords = new WeakMap<CommandIo, string>();

/**
 * @param io where the admin address's password comes from, if it has one
 * @param configuration what the gateway runs with, or its file
 * @param body makes it a POST
 * @throws Error where no gateway answers, or what answers cannot be recognised as it
 */
export async function askGateway(
  io: CommandIo,
  configuration: string | Config,
  path: string,
  body?: unknown,
): Promise<AdminAnswer> {
  const config =
    typeof configuration === 'string'
      ? loadConfig(io.path(configuration), { withoutSecrets: true, environment: io.environment })
      : configuration;
  const { admin } = config;
  const origin = ownOrigin(admin);
  let password = passwords.get(io);
  if (admin.passwordHash !== undefined && password === undefined) {
    password = await adminPassword(io);
    passwords.set(io, password);
  }
  const dispatcher = ownAgent(admin);
  try {
    const response = await request(`${origin}${path}`, {
      dispatcher,
      headers: {
        ...(password === undefined
          ? {}
          : { authorization: `Basic ${Buffer.from(`${ADMIN_NAME}:${password}`).toString('base64')}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    const text = await response.body.text();
    if (response.statusCode === 401)
      throw new Error(
        `The gateway does not accept this password for ${ADMIN_NAME} (admin.password in ${config.file}).`,
      );
    return { status: response.statusCode, body: JSON.parse(text) as unknown };
  } catch (error) {
    if (error instanceof Error && 'code' in error)
      throw new Error(
        `No gateway answers at ${origin} (${String(error.code)}). Is it running, with this configuration?`,
        { cause: error },
      );
    if (error instanceof SyntaxError)
      throw new Error(`What answers at ${origin} is not this gateway.`, { cause: error });
    throw error;
  } finally {
    await dispatcher.close();
  }
}

async function adminPassword(io: CommandIo): Promise<string> {
  const fromEnvironment = io.environment[PASSWORD_VARIABLE];
  if (fromEnvironment !== undefined) return fromEnvironment;
  if (!io.isTerminal.stdin)
    throw new Error(`The admin address has a password. Give it in the environment variable ${PASSWORD_VARIABLE}.`);
  return askHidden(io, `Password of ${ADMIN_NAME} at the admin address`);
}
