/** Looks at everything a gateway needs, from its configuration to what Exchange says. */
import { findCaller, normalName } from '../callers/user-name.ts';
import type { ServiceName } from '../backends/backend.ts';
import { capabilitiesOf } from '../backends/graph/capabilities.ts';
import type { Config, RegistrationConfig } from '../config/types.ts';
import { ewsDaysLeft } from '../ews-end.ts';
import { bad, type CheckLine } from './check-line.ts';
import { callersOn, servicesInUse } from './checks/backends.ts';
import { asWarning, goesOver, whileOtherAnswers } from './checks/either.ts';
import { checkFiles, checkListeners } from './checks/machine.ts';
import { checkHost, type Reached } from './checks/network.ts';
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

/** Where no service stands in for the other. */
const BOTH: ReturnType<typeof whileOtherAnswers> = {};
/** Operations that can bring attachments of more than 3 MB. */
const UPLOADING = ['CreateItem', 'CreateAttachment'] as const;
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
  const reached = new Map<string, Reached>();
  const told = new Set<CheckLine>();
  // Each host is asked once, and its lines are told once, unless they weigh more for another registration.
  const reach = async ({ name, url, compareClocks, spare }: Host): Promise<boolean> => {
    const found =
      reached.get(url.origin) ??
      (await withProgress(`Asking ${url.host}`, checkHost(name, url, config.outbound, compareClocks === true)));
    reached.set(url.origin, found);
    const lines = found.lines.filter((line) => !told.has(line));
    tell(spare === undefined ? lines : lines.map((line) => asWarning(line, spare)));
    for (const line of lines) if (spare === undefined || line.level !== 'bad') told.add(line);
    return found.reachable;
  };
  for (const registration of config.registrations.values()) {
    const tellOf = (lines: readonly CheckLine[]): void =>
      tell(lines.map((line) => ({ ...line, registration: registration.name })));
    const backends = servicesInUse(registration, config);
    tellOf(checkEnds(registration, Date.now(), backends.has('ews')));
    const { loginOrigin, tenantId } = registration;
    const entra = await reach({
      name: 'Entra',
      url: new URL(`${loginOrigin}/${tenantId}/v2.0/.well-known/openid-configuration`),
      compareClocks: true,
    });
    const answering = new Set<ServiceName>();
    for (const host of hostsOf(registration, config, backends)) if (await reach(host)) answering.add(host.service);
    if (uploads(registration, config)) await reach(uploadHost(registration));
    // What cannot be reached says nothing of rights; with `auto` the other service is asked all the same.
    const asked = [...backends].filter((service) => answering.has(service));
    const isWhole = asked.length === backends.size || goesOver(registration, config);
    if (entra && isWhole && asked.length > 0)
      tellOf(
        await withProgress(
          `Asking for a token of registration ${registration.name}, and ${SERVICES[asked.at(-1) ?? 'ews']} with it`,
          checkRights(registration, config, new Set(asked)),
        ),
      );
  }
  return all;
}

interface Host {
  readonly name: string;
  readonly url: URL;
  readonly compareClocks?: boolean;
  /** Set where requests are answered without it: what its absence means, in a few words. */
  readonly spare?: string | undefined;
}

/** The services of a registration, in the order in which they are asked. */
function hostsOf(
  registration: RegistrationConfig,
  config: Config,
  services: ReadonlySet<ServiceName>,
): readonly (Host & { readonly service: ServiceName })[] {
  const { ewsUrl, graphOrigin } = registration;
  const { ews, graph } = goesOver(registration, config) ? whileOtherAnswers(ewsDaysLeft(ewsUrl, Date.now())) : BOTH;
  return [
    ...(services.has('ews') ? [{ service: 'ews' as const, name: 'Exchange', url: new URL(ewsUrl), spare: ews }] : []),
    ...(services.has('graph') && graphOrigin !== undefined
      ? [{ service: 'graph' as const, name: 'Microsoft Graph', url: new URL(graphOrigin), spare: graph }]
      : []),
  ];
}

/** Whether callers of the registration may send attachments that go to another host than Graph's. */
function uploads(registration: RegistrationConfig, config: Config): boolean {
  return (
    registration.uploadOrigin !== undefined &&
    capabilitiesOf(registration).uploadSessions &&
    callersOn('graph', config, registration).some(({ operations }) => UPLOADING.some((name) => operations.has(name)))
  );
}

function uploadHost({ uploadOrigin = '' }: RegistrationConfig): Host {
  return {
    name: 'Uploads of Microsoft Graph',
    url: new URL(uploadOrigin),
    spare: 'attachments above 3 MB could not be sent through Microsoft Graph',
  };
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
