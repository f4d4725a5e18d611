/** What a chaos run shows: what became of each mail, and whether all that was to happen did. */
import type { ChaosCaller } from './caller.ts';
import { importDirectly } from './direct.ts';
import { TROUBLE_NAMES, type Service } from './faults.ts';
import type { Outages } from './outages.ts';

export interface Chaos {
  readonly callers: readonly ChaosCaller[];
  readonly outages: Outages;
  /** How often tokens lost their validity. */
  expiries: number;
  /** Calls that were refused for their token. */
  readonly refused: Record<Service, number>;
}

export interface Judgement {
  readonly problems: readonly string[];
  /** What happened, for people. */
  readonly lines: readonly string[];
}

const SERVICES = { graph: 'Microsoft Graph', ews: 'EWS' } as const satisfies Readonly<Record<Service, string>>;

/** Something that has to happen in a run, and how often it did so far. */
export type Event = readonly [what: string, times: number];

export function eventsOf(chaos: Chaos): readonly Event[] {
  const { callers, outages, expiries } = chaos;
  const sum = (of: (caller: ChaosCaller) => number): number => callers.reduce((total, caller) => total + of(caller), 0);
  return [
    ['mails', sum(({ delivered }) => delivered.length)],
    ['kills', outages.count('kill')],
    ['restarts', outages.count('restart')],
    ['requests under way that a restart let end', sum(({ drained }) => drained)],
    ['expiries of tokens', expiries],
    ...eventsAt(chaos, 'graph'),
    ...eventsAt(chaos, 'ews'),
  ];
}

/** What has to happen to calls to one service. */
export function eventsAt({ callers, refused }: Chaos, service: Service): readonly Event[] {
  const name = SERVICES[service];
  const struck = callers.flatMap((caller) => caller.struck).filter((one) => one.service === service);
  return [
    [`refused tokens at ${name}`, refused[service]],
    ...TROUBLE_NAMES.map((trouble): Event => [
      `${name}: ${trouble}`,
      struck.filter((one) => one.name === trouble).length,
    ]),
  ];
}

/** Imports the same mail once more, directly, and holds what the disturbed imports did against it. */
export async function judge(chaos: Chaos): Promise<Judgement> {
  const { callers } = chaos;
  const problems = callers.flatMap((caller) =>
    caller.problems.map((problem) => `${caller.mailbox.address}: ${problem}`),
  );
  const direct = await importDirectly(callers);
  let [saved, savedDirectly, files] = [0, 0, 0];
  for (const caller of callers) {
    const { mailbox, delivered, disk } = caller;
    const complain = (problem: string): void => void problems.push(`${mailbox.address}: ${problem}`);
    const { processed } = caller;
    for (const { subject } of delivered) {
      const times = processed.filter((other) => other === subject).length;
      if (times !== 1) complain(`${subject} lies in "Processed" ${times} times`);
    }
    if (processed.length > delivered.length) complain(`"Processed" holds ${processed.length} messages`);
    for (const { subject, files: own } of delivered)
      for (const { name, content } of own) {
        const file = `${subject}/${name}`;
        const [times, most] = [disk.timesOf(file), direct.get(caller)?.timesOf(file) ?? 0];
        files++;
        saved += times;
        savedDirectly += most;
        if (times === 0) complain(`${file} was not saved`);
        else if (times > most) complain(`${file} was saved ${times} times, by a direct import ${most}`);
        else if (disk.contentOf(file) !== content) complain(`${file} is not whole`);
      }
  }
  const sum = (of: (caller: ChaosCaller) => number): number => callers.reduce((total, caller) => total + of(caller), 0);
  const events = eventsOf(chaos);
  for (const [what, times] of events) if (times === 0) problems.push(`did not happen: ${what}`);
  return {
    problems,
    lines: [
      `${files} attachments; ${sum((one) => one.requests)} requests, of which ${sum((one) => one.failures)} failed`,
      `saved ${saved} times, by a direct import ${savedDirectly} times`,
      ...events.map(([what, times]) => `${what}: ${times}`),
    ],
  };
}
