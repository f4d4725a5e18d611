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

function servicesOf(backend: BackendName, { graphOrigin }: RegistrationConfig): readonly ServiceName[] {
  if (backend !== 'auto') return [backend];
  return graphOrigin === undefined ? ['ews'] : ['ews', 'graph'];
}
