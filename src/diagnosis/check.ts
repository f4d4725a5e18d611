/** Looks at everything a gateway needs, from its configuration to what Exchange says. */
import { findCaller, normalName } from '../callers/user-name.ts';
import type { Config } from '../config/types.ts';
import { bad, type CheckLine } from './check-line.ts';
import { servicesInUse } from './checks/backends.ts';
import { checkFiles, checkListeners } from './checks/machine.ts';
import { checkHost } from './checks/network.ts';
import { checkEnds } from './checks/ends.ts';
import { checkRights } from './checks/registration.ts';
import { checkSharedState } from './checks/shared-state.ts';

export interface CheckOptions {
  /** Look at this caller only, and at what it needs of Entra and Exchange. */
  readonly caller?: string | undefined;
  /** Reads a configuration file, or says what is wrong with it. */
  readonly load: (file: string) => Config | { readonly problems: readonly string[] };
  /** Called with each line as soon as it is there. */
  readonly onLine: (line: CheckLine) => void;
  /** Wraps what may take long, for showing that it goes on. */
  readonly withProgress: <T>(what: string, work: Promise<T>) => Promise<T>;
  /** Whether a gateway answers at the configuration's admin address. */
  readonly isRunning: (config: Config) => Promise<boolean>;
}

const SERVICES = { ews: 'Exchange', graph: 'Microsoft Graph' } as const;

/** @returns all lines; what depends on something that failed is left out */
export async function check(
  file: string,
  { caller, load, onLine, withProgress, isRunning }: CheckOptions,
): Promise<CheckLine[]> {
  const all: CheckLine[] = [];
  const tell = (lines: readonly CheckLine[]): void => {
    all.push(...lines);
    for (const line of lines) onLine(line);
  };
  const loaded = load(file);
  if ('problems' in loaded) {
    tell(loaded.problems.map((text) => bad('configuration', text)));
    return all;
  }
  const config = caller === undefined ? loaded : withOnly(loaded, caller);
  if (config === undefined) {
    tell([bad('configuration', `There is no caller ${caller} in ${loaded.file}.`)]);
    return all;
  }
  if (caller === undefined) {
    tell(checkFiles(config));
    tell(await checkListeners(config, () => isRunning(config)));
    tell(await withProgress('Asking the server of sharedState', checkSharedState(config)));
  }
  const reached = new Map<string, boolean>();
  const reach = async (name: string, url: URL, compareClocks: boolean): Promise<boolean> => {
    const known = reached.get(url.origin);
    if (known !== undefined) return known;
    const { lines, reachable } = await withProgress(
      `Asking ${url.host}`,
      checkHost(name, url, config.outbound, compareClocks),
    );
    tell(lines);
    reached.set(url.origin, reachable);
    return reachable;
  };
  for (const registration of config.registrations.values()) {
    const tellOf = (lines: readonly CheckLine[]): void =>
      tell(lines.map((line) => ({ ...line, registration: registration.name })));
    const backends = servicesInUse(registration, config);
    tellOf(checkEnds(registration, Date.now(), backends.has('ews')));
    const { loginOrigin, tenantId, ewsUrl, graphOrigin } = registration;
    const entra = await reach(
      'Entra',
      new URL(`${loginOrigin}/${tenantId}/v2.0/.well-known/openid-configuration`),
      true,
    );
    const exchange = !backends.has('ews') || (await reach('Exchange', new URL(ewsUrl), false));
    const usesGraph = backends.has('graph') && graphOrigin !== undefined;
    const graph = !usesGraph || (await reach('Microsoft Graph', new URL(graphOrigin), false));
    const service = SERVICES[usesGraph ? 'graph' : 'ews'];
    if (entra && exchange && graph)
      tellOf(
        await withProgress(
          `Asking for a token of registration ${registration.name}, and ${service} with it`,
          checkRights(registration, config),
        ),
      );
  }
  return all;
}

/** The configuration with one caller, as it signs in, and its registration; undefined where there is no such caller. */
function withOnly(config: Config, username: string): Config | undefined {
  const callers = new Map(config.callers.map((one) => [normalName(one.username), one]));
  // A domain as a whole is named by its entry.
  const caller = callers.get(normalName(username)) ?? findCaller(callers, username);
  const registration = config.registrations.get(caller?.registration ?? '');
  if (caller === undefined || registration === undefined) return undefined;
  const hash = caller.domainPasswords?.get(normalName(caller.username));
  const only = caller.username.startsWith('@')
    ? caller
    : { ...caller, domainPasswords: undefined, passwordHash: hash ?? caller.passwordHash };
  return { ...config, callers: [only], registrations: new Map([[registration.name, registration]]) };
}
