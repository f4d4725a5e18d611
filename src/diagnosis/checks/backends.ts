/** Who is answered by what. */
import type { ServiceName } from '../../backends/backend.ts';
import type { BackendName, CallerConfig, Config, RegistrationConfig } from '../../config/types.ts';

/** The callers of a registration that a service answers, or may answer some day. */
export function callersOn(service: ServiceName, { callers }: Config, registration: RegistrationConfig): CallerConfig[] {
  return callers.filter(
    (caller) =>
      caller.registration === registration.name &&
      servicesOf(caller.backend ?? registration.backend, registration).includes(service),
  );
}

/** The services that answer a registration's callers, or may do so some day; its own where it has no caller. */
export function servicesInUse(registration: RegistrationConfig, config: Config): ReadonlySet<ServiceName> {
  const used = config.callers.flatMap((caller) =>
    caller.registration === registration.name ? [caller.backend ?? registration.backend] : [],
  );
  return new Set((used.length === 0 ? [registration.backend] : used).flatMap((name) => servicesOf(name, registration)));
}

/** Whether one of a registration's callers goes to Graph by itself once EWS is blocked. */
export function switches(registration: RegistrationConfig, config: Config): boolean {
  if (registration.graphOrigin === undefined) return false;
  const own = config.callers.filter(({ registration: name }) => name === registration.name);
  return own.length === 0
    ? registration.backend === 'auto'
    : own.some(({ backend }) => (backend ?? registration.backend) === 'auto');
}

function servicesOf(backend: BackendName, { graphOrigin }: RegistrationConfig): readonly ServiceName[] {
  if (backend !== 'auto') return [backend];
  return graphOrigin === undefined ? ['ews'] : ['ews', 'graph'];
}
