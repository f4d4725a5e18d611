/** An app registration in use: its configuration and the backend that answers for its callers. */
import type { Logger } from 'pino';
import type { Backend, ServiceName } from '../backends/backend.ts';
import { delegatedScopes } from '../backends/delegated-scopes.ts';
import { capabilitiesOf } from '../backends/graph/capabilities.ts';
import { GraphBackend } from '../backends/graph/backend.ts';
import type { GateSharing } from '../backends/gate-sharing.ts';
import type { MailboxGuids } from '../backends/graph/mailbox-guids.ts';
import { ExchangeBackend } from '../backends/exchange/backend.ts';
import type { Clock } from '../backends/clock.ts';
import { SwitchingBackend } from '../backends/switching/backend.ts';
import { ShadowBackend } from '../backends/shadow/backend.ts';
import type { BackendChoices } from '../backends/switching/choices.ts';
import type { CookieSigner } from '../backends/exchange/cookies.ts';
import { callersOf, callersOpening } from '../callers/mailboxes.ts';
import type { BackendName, Config, RegistrationConfig } from '../config/types.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { connectionsTo } from '../network/outbound.ts';
import { receiverConnections } from '../network/receiver-connections.ts';
import type { EnvelopeHeadCache } from '../soap/envelope-head-cache.ts';
import type { FileSpool } from '../state/spool.ts';
import type { TokenStore } from '../state/token-store.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { delegatedClient } from '../tokens/delegated-client.ts';
import { entraClient } from '../tokens/entra-client.ts';
import { TokenSet } from '../tokens/token-set.ts';
import type { TokenEvent } from '../tokens/token-source.ts';
import { gateSharing, marksOf } from './shared-gate.ts';

export interface Registration {
  readonly config: RegistrationConfig;
  /** What answers its callers, unless they have one of their own. */
  readonly backend: Backend;
  /** Every backend that one of its callers uses; those that `auto` stands for are not named again. */
  readonly backends: readonly Backend[];
  /** What a caller's `backend` means here. */
  readonly byName: ReadonlyMap<BackendName, Backend>;
  /** Where `auto` is used: what chooses between the two. */
  readonly switching: SwitchingBackend | undefined;
}

/** What a registration needs of the running gateway. */
export interface RegistrationEnvironment {
  readonly config: Config;
  readonly cookies: CookieSigner;
  readonly heads: EnvelopeHeadCache;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Where large contents of requests wait. */
  readonly spools: FileSpool;
  /** Which mailboxes with `auto` are not simply answered by EWS. */
  readonly choices: BackendChoices;
  readonly clock: Clock;
  /** Where sign-ins are kept, if any are needed. */
  readonly signIns: TokenStore | undefined;
  /** The other gateways, where there are some. */
  readonly fleet: Fleet | undefined;
  /** By what slots of Graph are counted. */
  readonly guids: MailboxGuids;
}

/** Below what Graph closes idle connections after, in milliseconds. */
const GRAPH_IDLE_TIMEOUT = 55_000;

export function openRegistration(registration: RegistrationConfig, environment: RegistrationEnvironment): Registration {
  const names = new Set([registration.backend, ...backendsOfCallers(environment.config, registration)]);
  // Each service is opened once, so that all that ask it share its slots and tokens.
  const auto = names.has('auto');
  const shadows = registration.shadow === 'graph';
  const usesGraph = names.has('graph') || shadows || (auto && registration.graphOrigin !== undefined);
  const graph = usesGraph ? openGraph(registration, environment) : undefined;
  const onChange = graph && (() => graph.changedElsewhere());
  const ews = names.has('ews') || auto ? openExchange(registration, environment, onChange) : undefined;
  const switching =
    auto && ews !== undefined && graph !== undefined ? openSwitching(registration, ews, graph, environment) : undefined;
  const byName = new Map<BackendName, Backend>();
  if (ews !== undefined) byName.set('ews', ews);
  if (graph !== undefined && (names.has('graph') || auto)) byName.set('graph', graph);
  // An Exchange Server has no Graph that could take over.
  const chosen = switching ?? (auto ? ews : undefined);
  if (chosen !== undefined) byName.set('auto', chosen);
  // With auto, what answers its callers; a caller that was put on EWS beside it is not compared.
  if (shadows && graph !== undefined)
    for (const name of ['ews', 'auto'] as const) {
      const answering = byName.get(name);
      if (answering === undefined || (name === 'ews' && auto)) continue;
      byName.set(name, new ShadowBackend({ answering, graph, ownsGraph: !byName.has('graph') }));
    }
  const backend = byName.get(registration.backend);
  if (backend === undefined) throw new Error(`registration ${registration.name} has no backend`);
  const whole = switching === undefined ? undefined : byName.get('auto');
  const backends = whole === undefined ? [...new Set(byName.values())] : [whole];
  return { config: registration, backend, backends, byName, switching };
}

/** The backend that answers a caller. */
export function backendOf({ backend, byName }: Registration, name: BackendName | undefined): Backend {
  return (name === undefined ? undefined : byName.get(name)) ?? backend;
}

function openSwitching(
  registration: RegistrationConfig,
  ews: Backend,
  graph: Backend,
  { choices, clock, log }: RegistrationEnvironment,
): SwitchingBackend {
  const { name } = registration;
  return new SwitchingBackend({
    registration,
    ews,
    graph,
    choices,
    clock,
    onSwitch: (mailbox, { reason }) =>
      log.warn({ registration: name, mailbox, reason }, 'Microsoft Graph answers this mailbox from now on'),
    onUnsaved: (mailbox, error) =>
      log.error(
        { err: error, registration: name, mailbox },
        'that Microsoft Graph answers this mailbox could not be kept: after a restart it begins with EWS again',
      ),
  });
}

function backendsOfCallers(config: Config, registration: RegistrationConfig): BackendName[] {
  return callersOf(config, registration).flatMap(({ backend }) => (backend === undefined ? [] : [backend]));
}

function openExchange(
  registration: RegistrationConfig,
  environment: RegistrationEnvironment,
  onChange: (() => void) | undefined,
): Backend {
  const { config, cookies, heads, metrics } = environment;
  const { outbound, limits, throttling } = config;
  return new ExchangeBackend({
    registration,
    tokens: openTokens('ews', registration, environment),
    cookies,
    heads,
    outbound,
    throttling,
    gateEvents: metrics.gateEvents(registration.name),
    onChange,
    gateSharing: sharingOf('ews', registration, environment, { slots: false }),
    connections: limits.upstreamConnections,
    responseTimeout: limits.responseSeconds * 1000,
  });
}

function openGraph(registration: RegistrationConfig, environment: RegistrationEnvironment): GraphBackend {
  const { config, metrics, spools, clock, log, fleet, guids } = environment;
  const { name, tenantId, graphOrigin, graph } = registration;
  if (graphOrigin === undefined) throw new Error(`registration ${registration.name} has no address of Microsoft Graph`);
  const { outbound, limits, throttling } = config;
  const responseTimeout = limits.responseSeconds * 1000;
  const connections = { connections: limits.upstreamConnections, headersTimeout: responseTimeout };
  return new GraphBackend({
    registration,
    origin: graphOrigin,
    connections: connectionsTo(new URL(graphOrigin), outbound, {
      ...connections,
      keepAliveTimeout: GRAPH_IDLE_TIMEOUT,
    }),
    uploadConnections: (url) => connectionsTo(url, outbound, connections),
    tokens: openTokens('graph', registration, environment),
    capabilities: capabilitiesOf(registration),
    settings: graph,
    spools,
    gateEvents: metrics.gateEvents(registration.name),
    gateSharing: sharingOf('graph', registration, environment, { slots: true }),
    uploadMarks: fleet && marksOf(fleet, 'uploads', serviceKey('graph', registration)),
    guids: guids.of(tenantId),
    onPrefetch: (result) => metrics.prefetched(name, result),
    waitingPerMailbox: throttling.waitingPerMailbox,
    responseTimeout,
    clock,
    pushes: {
      connections: receiverConnections(outbound),
      clock,
      onEnd: ({ caller, mailbox, url }, reason) =>
        log.warn(
          { registration: name, caller, mailbox, receiver: url.origin, reason },
          'a push subscription is over: the program hears nothing more until it subscribes again',
        ),
    },
  });
}

/** @param options whether the service allows so many calls to all gateways together, as Graph does */
function sharingOf(
  service: ServiceName,
  registration: RegistrationConfig,
  { fleet }: RegistrationEnvironment,
  options: { readonly slots: boolean },
): GateSharing | undefined {
  return fleet && gateSharing(fleet, serviceKey(service, registration), options);
}

/** What is called, and as which app: what has limits for each mailbox. */
function serviceKey(service: ServiceName, { tenantId, clientId }: RegistrationConfig): string {
  return `${service} ${tenantId} ${clientId}`;
}

/** Whether a registration and all that its backend is made of are the same in two configurations. */
export function isSameRegistration(
  oldConfig: Config,
  old: RegistrationConfig,
  config: Config,
  registration: RegistrationConfig,
): boolean {
  const relevant = (whole: Config, one: RegistrationConfig): string => {
    const { outbound, throttling, tokenStore, stateFile, sharedState, stateKeys } = whole;
    const { upstreamConnections, responseSeconds } = whole.limits;
    const own = [one, ...backendsOfCallers(whole, one)];
    const signIns = one.flow === 'delegated' ? [tokenStore, signInsOf(whole, one)] : [];
    const shared = sharedState === undefined ? [] : [sharedState, stateKeys];
    const bounds = [upstreamConnections, responseSeconds, throttling];
    return JSON.stringify([own, outbound, bounds, stateFile, shared, signIns]);
  };
  return relevant(oldConfig, old) === relevant(config, registration);
}

function openTokens(
  service: ServiceName,
  registration: RegistrationConfig,
  { config, log, metrics, signIns }: RegistrationEnvironment,
): TokenSet {
  const { outbound } = config;
  const { scope, graphScope } = registration;
  const callers = callersOf(config, registration);
  const dispatcher = connectionsTo(new URL(registration.loginOrigin), outbound);
  const delegated = registration.flow === 'delegated';
  return new TokenSet({
    perMailbox: delegated,
    mailboxes: mailboxesOf(config, registration),
    fetcher: (mailbox) => {
      if (!delegated)
        return entraClient({ ...registration, scope: service === 'graph' ? graphScope : scope }, { dispatcher });
      if (signIns === undefined) throw new Error('a delegated registration without a token store');
      const scopes = delegatedScopes(service, registration, callersOpening(callers, mailbox));
      return delegatedClient(registration, mailbox, { store: signIns, scopes, dispatcher });
    },
    onEvent: (mailbox, event) => report(registration.name, mailbox, event, log, metrics),
    onClose: () => dispatcher.close(),
  });
}

/** What each sign-in is asked for: it follows from what callers may do. */
function signInsOf(config: Config, registration: RegistrationConfig): unknown {
  const callers = callersOf(config, registration);
  return mailboxesOf(config, registration).map((mailbox) => {
    const { wanted } = delegatedScopes('graph', registration, callersOpening(callers, mailbox));
    return [mailbox, wanted];
  });
}

/** The mailboxes of a registration that are known by name. */
function mailboxesOf(config: Config, registration: RegistrationConfig): string[] {
  return callersOf(config, registration)
    .filter(({ domainPasswords }) => domainPasswords === undefined)
    .map(({ mailbox }) => mailbox);
}

/** Notes a token request in log and metrics; `mailbox` is '' for the app's own token. */
function report(registration: string, mailbox: string, event: TokenEvent, log: Logger, metrics: Metrics): void {
  const about = { registration, ...(mailbox === '' ? {} : { mailbox }) };
  if (event.kind === 'obtained') {
    const { expiresAt, permissions } = event;
    metrics.tokenObtained(registration, expiresAt);
    const granted = permissions === undefined ? {} : { permissions };
    log.info({ ...about, ...granted, expiresAt: new Date(expiresAt).toISOString() }, 'token obtained');
    return;
  }
  metrics.tokenFailed(registration);
  const { aadsts, message: reason } = event.error;
  log.error({ ...about, aadsts, retryInSeconds: Math.round(event.retryIn / 1000), reason }, 'no token');
}
