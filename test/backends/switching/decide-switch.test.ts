import t from 'tap';
import {
  decideSwitch,
  LASTING,
  signOf,
  type EwsSign,
  type GraphSign,
  type SwitchFacts,
} from '../../../src/backends/switching/decide-switch.ts';
import { GatewayError, GATEWAY_ERROR_CODES } from '../../../src/errors.ts';

const EWS: readonly EwsSign[] = ['served', 'blocked', 'denied', 'failed', 'unclear'];
const GRAPH: readonly GraphSign[] = ['not asked', 'opens', 'refuses', 'busy'];
const BOTH = [false, true];

function everyFact(): SwitchFacts[] {
  return EWS.flatMap((ews) =>
    GRAPH.flatMap((graph) =>
      BOTH.flatMap((ended) =>
        BOTH.flatMap((graphOnAccessDenied) =>
          [0, LASTING - 1, LASTING].map((failingFor) => ({ ews, graph, ended, failingFor, graphOnAccessDenied })),
        ),
      ),
    ),
  );
}

t.test('the switches are these, and no others', async (t) => {
  const switching = everyFact().filter((facts) => decideSwitch(facts) === 'switch');
  const line = ({ ews, graph, ended, failingFor, graphOnAccessDenied }: SwitchFacts): string =>
    [ews, graph, ended ? 'after the end' : 'before', failingFor, graphOnAccessDenied ? 'on 403' : ''].join(' ');
  const expected = everyFact().filter(({ ews, graph, ended, failingFor, graphOnAccessDenied }) => {
    if (graph !== 'opens') return false;
    if (ews === 'blocked') return true;
    if (ews === 'denied') return ended || graphOnAccessDenied;
    return ews === 'failed' && ended && failingFor >= LASTING;
  });
  t.same(switching.map(line), expected.map(line));
  t.equal(LASTING, 5 * 60_000);
});

t.test('Graph is asked only where its answer matters', async (t) => {
  for (const facts of everyFact().filter(({ graph }) => graph === 'not asked')) {
    const asks = facts.ews === 'blocked' || facts.ews === 'denied' || (facts.ended && facts.failingFor >= LASTING);
    const silent = facts.ews === 'served' || facts.ews === 'unclear';
    t.equal(decideSwitch(facts), asks && !silent ? 'ask Graph' : 'stay', JSON.stringify(facts));
  }
});

t.test('what an error says about EWS', async (t) => {
  const signs = new Map(GATEWAY_ERROR_CODES.map((code) => [code, signOf(new GatewayError(code, ''))]));
  const withSign = (sign: EwsSign): string[] => [...signs].filter(([, one]) => one === sign).map(([code]) => code);
  t.same(withSign('blocked'), ['EWS_DISABLED', 'EWS_BLOCKED_BY_POLICY']);
  t.same(withSign('denied'), ['UPSTREAM_FORBIDDEN']);
  t.same(withSign('failed'), ['TOKEN_REFUSED', 'TOKEN_REJECTED_UPSTREAM', 'UPSTREAM_UNREACHABLE']);
  for (const [status, sign] of [
    [404, 'failed'],
    [410, 'failed'],
    [413, 'unclear'],
    [501, 'unclear'],
  ] as const)
    t.equal(signOf(new GatewayError('UPSTREAM_UNEXPECTED', '', { upstreamStatus: status })), sign, String(status));
  const begun = { status: 200, bytes: 1 };
  t.equal(signOf(new GatewayError('UPSTREAM_UNREACHABLE', '', { begun })), 'unclear', 'an answer had begun');
});
