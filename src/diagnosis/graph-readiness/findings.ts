/** What Entra and Graph say of a registration: its token, and whether Graph opens each caller's mailbox. */
import type { Config, RegistrationConfig } from '../../config/types.ts';
import { errorText } from '../../errors.ts';
import { connectionsTo } from '../../network/outbound.ts';
import { entraClient } from '../../tokens/entra-client.ts';
import { bad } from '../check-line.ts';
import { checkGraphMailboxes, GRAPH_ROLE } from '../checks/graph.ts';
import { checkSignIns } from '../checks/sign-ins.ts';
import { rolesIn } from '../checks/token-roles.ts';
import type { GraphFindings } from './report.ts';

/** Asks as if all callers were answered by Graph. Never rejects. */
export async function graphFindings(given: RegistrationConfig, config: Config): Promise<GraphFindings> {
  const registration: RegistrationConfig = { ...given, backend: 'graph' };
  const asked: Config = { ...config, callers: config.callers.map((caller) => ({ ...caller, backend: undefined })) };
  const entra = connectionsTo(new URL(registration.loginOrigin), config.outbound);
  try {
    if (registration.flow === 'delegated')
      return { lines: await checkSignIns(registration, asked, entra), roles: undefined };
    const lines = await checkGraphMailboxes(registration, asked, entra);
    return { lines, roles: await rolesOf(registration, entra) };
  } catch (error) {
    return { lines: [bad(given.name, errorText(error))], roles: undefined };
  } finally {
    await entra.close();
  }
}

/** Undefined where there is no token, and where rights are given by RBAC for Applications, which leaves no trace. */
async function rolesOf(
  registration: RegistrationConfig,
  dispatcher: ReturnType<typeof connectionsTo>,
): Promise<readonly string[] | undefined> {
  if (registration.graphOrigin === undefined) return undefined;
  try {
    const { value } = await entraClient({ ...registration, scope: registration.graphScope }, { dispatcher })();
    const roles = rolesIn(value);
    return roles.includes(GRAPH_ROLE) ? roles : undefined;
  } catch {
    return undefined;
  }
}
