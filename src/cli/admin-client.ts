/** Asks the running gateway, at the admin address of its configuration. */
import { request } from 'undici';
import { loadConfig } from '../config/load.ts';

export interface AdminAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * @param file the configuration the gateway runs with
 * @param body makes it a POST
 * @throws Error where no gateway answers
 */
export async function askGateway(file: string, path: string, body?: unknown): Promise<AdminAnswer> {
  const admin = new URL(loadConfig(file, { withoutSecrets: true }).admin.url).origin;
  try {
    const response = await request(`${admin}${path}`, body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    return { status: response.statusCode, body: await response.body.json() };
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new Error(`No gateway answers at ${admin} (${String(error.code)}). Is it running, with this configuration?`, { cause: error });
    throw error;
  }
}
