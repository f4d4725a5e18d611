/** A Graph that the simulator does not play: it takes everything and does nothing, or is busy. */
import t from 'tap';
import type { GraphCaller, ProbeAnswer } from '../../src/diagnosis/graph-probe/graph-caller.ts';
import { PROBE_POINTS } from '../../src/diagnosis/graph-probe/points.ts';
import { probeGraph, type ProbeReport } from '../../src/diagnosis/graph-probe/probe.ts';

const STATUS: Readonly<Record<string, number>> = { GET: 200, PATCH: 200, POST: 201 };

/** What the probe reports of these points where Graph answers so. */
async function reportOf(answer: (method: string) => ProbeAnswer, names: readonly string[]): Promise<ProbeReport> {
  let isMade = false;
  const call: GraphCaller['call'] = (method, path) => {
    // The throw-away folder is made and deleted by any Graph.
    if (path.endsWith('/permanentDelete')) return Promise.resolve({ status: 204, value: {} });
    const isFirst = !isMade;
    isMade = true;
    return Promise.resolve(isFirst ? { status: 201, value: { id: 'folder' } } : answer(method));
  };
  const unused = (): Promise<never> => Promise.reject(new Error('not asked for'));
  const points = PROBE_POINTS.filter(({ name }) => names.includes(name));
  return probeGraph({ call, postMime: () => call('POST', ''), upload: unused, sizeOf: unused }, points);
}

const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  'changing the class of a message': 'no, without an error',
  'the retention tag of a message': 'no, without an error',
  'extended properties of 200 kB': 'no, without an error',
  'the kind of body that a message was made with': 'is not given (text: none, html: none)',
  'the date of creation in filters and sort orders': 'has no effect',
  'further members in sort orders': 'without an effect: from/emailAddress/name, importance, isRead, hasAttachments',
  'the class of a folder, given at its creation': 'has no effect',
};

t.test('what is taken without an effect is told so, and is no capability', async (t) => {
  const value = { id: 'made', isDraft: false, value: [] };
  const report = await reportOf((method) => ({ status: STATUS[method] ?? 204, value }), Object.keys(WITHOUT_EFFECT));
  t.same(Object.fromEntries(report.points.map(({ name, answer }) => [name, answer])), WITHOUT_EFFECT);
  t.same(report.capabilities, { queriesByCreation: false });
});

t.test('a Graph that is busy where it is asked leaves points open', async (t) => {
  const busy = (at: string) => (method: string) =>
    method === at
      ? { status: 503, value: {} }
      : { status: STATUS[method] ?? 204, value: { id: 'made', isDraft: false } };
  for (const [at, names] of Object.entries({
    GET: [...Object.keys(WITHOUT_EFFECT), 'fractions of seconds in filters by date', 'the top of the archive mailbox'],
    PATCH: ['changing the class of a message', 'the retention tag of a message', 'extended properties of 200 kB'],
    POST: [
      'the kind of body that a message was made with',
      'further members in sort orders',
      'the class of a folder, given at its creation',
      'the id of a folder that is moved',
      'attachments in the answer to MIME',
    ],
  })) {
    const { points, capabilities } = await reportOf(busy(at), names);
    t.equal(points.length, names.length);
    for (const { name, answer } of points) t.equal(answer, 'not known (HTTP 503)', `${at}: ${name}`);
    t.same(capabilities, {});
  }
});
