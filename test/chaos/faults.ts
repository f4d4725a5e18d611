/** What happens to a caller's requests on the far side of the gateway, by dice. */
import { exchangeFault } from '../../src/simulator/exchange/exchange.ts';
import type { ScriptedFault } from '../../src/simulator/fault-script.ts';
import {
  gatewayTimeout,
  mailboxInfoStale,
  proxyPage,
  serviceUnavailable,
  throttled,
  truncated,
  type GraphFault,
} from '../../src/simulator/graph/faults.ts';
import type { Dice } from '../fuzz/cases.ts';

/** One kind of trouble, as each service has it. */
interface Trouble {
  readonly graph: GraphFault;
  readonly ews: ScriptedFault;
  /** A direct client suffers from it too; all others the gateway has to keep to itself. */
  readonly cuts?: true;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const XML_TYPE = { 'content-type': 'text/xml; charset=utf-8' };

const TROUBLES = {
  'slow': { graph: { delay: 200 }, ews: { delay: 200 } },
  'throttled': {
    graph: throttled(1),
    ews: { status: 500, headers: XML_TYPE, body: exchangeFault('ErrorServerBusy', 'The server is busy.', 1_000) },
  },
  'busy': { graph: serviceUnavailable(), ews: { status: 503, headers: { 'retry-after': '1' } } },
  'mailbox moves': { graph: mailboxInfoStale(), ews: { status: 503, headers: { 'retry-after': '2' } } },
  'cut before': { graph: { cut: 'before' }, ews: { cut: 'before' }, cuts: true },
  'cut midway': { graph: { cut: 'midway' }, ews: { cut: 'midway' }, cuts: true },
  'timed out': { graph: gatewayTimeout(), ews: { status: 504 }, cuts: true },
  'carried out, and timed out': {
    graph: { alter: () => ({ status: 504, json: { error: { code: 'UnknownError', message: '' } } }) },
    ews: { cut: 'midway' },
    cuts: true,
  },
  'torn off': { graph: truncated(), ews: { cut: 'midway' }, cuts: true },
  'page of a proxy': {
    graph: proxyPage(),
    ews: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html><body>Sign in</body></html>' },
    cuts: true,
  },
} as const satisfies Readonly<Record<string, Trouble>>;

/** To a token that counts no longer. */
export const EXPIRED = {
  graph: {
    status: 401,
    headers: JSON_TYPE,
    body: '{"error":{"code":"InvalidAuthenticationToken","message":"Access token has expired or is not yet valid."}}',
  },
  ews: { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } },
} as const;

export type TroubleName = keyof typeof TROUBLES;
export const TROUBLE_NAMES = Object.keys(TROUBLES) as readonly TroubleName[];

export type Service = 'graph' | 'ews';

/** One call that was disturbed. */
export interface Stroke {
  readonly service: Service;
  readonly name: TroubleName;
}

/** Of these requests one is disturbed. */
const ONE_IN = 4;

/** The disturbances of one request of a client, each for one of the calls that the gateway makes for it. */
export class Plan {
  readonly #byCall = new Map<number, TroubleName>();
  readonly #opening: TroubleName[];
  readonly #struck: Stroke[] = [];
  #calls = 0;

  /** @param opening what has to happen whatever the dice say: the next one, to the first call; taken off once it did */
  constructor(dice: Dice, opening: TroubleName[] = []) {
    this.#opening = opening;
    if (!dice.chance(ONE_IN)) return;
    // Some calls fail when they are repeated, too.
    const first = dice.below(2);
    for (let call = first; call === first || (call < first + 3 && dice.chance(3)); call++)
      this.#byCall.set(call, dice.pick(TROUBLE_NAMES));
  }

  /** What happens to the next call. @param operation method and template of a call to Graph */
  next(service: Service, operation: string): GraphFault | ScriptedFault | undefined {
    const call = this.#calls++;
    const [due] = call === 0 ? this.#opening : [];
    const name = due ?? this.#byCall.get(call);
    // Contents are bytes of any kind: nobody can tell where they end.
    if (name === undefined || (name === 'torn off' && operation.endsWith('/$value'))) return undefined;
    if (due !== undefined) this.#opening.shift();
    this.#struck.push({ service, name });
    return TROUBLES[name][service];
  }

  /** Whether the request came so far that the gateway made a call for it. */
  get isUnderWay(): boolean {
    return this.#calls > 0;
  }

  get struck(): readonly Stroke[] {
    return this.#struck;
  }

  /** Whether a direct client would see something of it, too. */
  get excuses(): boolean {
    return this.#struck.some(({ name }) => 'cuts' in TROUBLES[name]);
  }
}
