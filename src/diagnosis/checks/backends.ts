/** Who is answered by what. */
import type { BackendName, CallerConfig, Config, RegistrationConfig } from '../../config/types.ts';

/** The callers of a registration that a backend answers. */
export function callersOn(backend: BackendName, { callers }: Config, registration: RegistrationConfig): CallerConfig[] {
  return callers.filter(
    (caller) => caller.registration === registration.name && (caller.backend ?? registration.backend) === backend,
  );
}

/** The backends that a registration's callers use; its own where it has no caller. */
export function backendsInUse(registration: RegistrationConfig, config: Config): ReadonlySet<BackendName> {
  const used = config.callers.flatMap((caller) =>
    caller.registration === registration.name ? [caller.backend ?? registration.backend] : [],
  );
  return new Set(used.length === 0 ? [registration.backend] : used);
}
