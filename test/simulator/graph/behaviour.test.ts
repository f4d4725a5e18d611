import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ALL_A, ALL_B, BEHAVIOUR_POINTS, flipped } from '../../../src/simulator/graph/behaviour.ts';
import { startGraph } from './graph-client.ts';

const SOURCES = join(import.meta.dirname, '../../../src/simulator/graph');

t.test('each point has two answers and can be flipped alone', async (t) => {
  for (const point of BEHAVIOUR_POINTS) {
    t.not(ALL_A[point], ALL_B[point], point);
    const differing = BEHAVIOUR_POINTS.filter((other) => flipped(ALL_A, point)[other] !== ALL_A[other]);
    t.same(differing, [point]);
    t.same(flipped(flipped(ALL_B, point), point), ALL_B);
  }
});

t.test('each point is asked for somewhere, and names its source', async (t) => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const code = files
    .filter((name) => name !== 'behaviour.ts')
    .map((name) => readFileSync(join(SOURCES, name), 'utf8'))
    .join('\n');
  const table = readFileSync(join(SOURCES, 'behaviour.ts'), 'utf8');
  for (const point of BEHAVIOUR_POINTS) {
    t.match(code, new RegExp(`\\b${point}\\b`), point);
    t.match(
      table,
      new RegExp(
        `\\[(?:doc|thread|code|inferred|measured|observed|davmail|threads)[^\\n]*(?:\\n[^\\n]*)?\\*/\\s+${point}:`,
      ),
      point,
    );
  }
});

t.test('the capture loop works with all of A, all of B, and each point flipped alone', async (t) => {
  const { ask, deliver, simulator } = await startGraph(t);
  for (const behaviour of [ALL_A, ALL_B, ...BEHAVIOUR_POINTS.map((point) => flipped(ALL_A, point))]) {
    simulator.graph.behaviour = behaviour;
    const id = await deliver();
    const list = '~/mailFolders/inbox/messages?$top=50&$orderby=receivedDateTime asc';
    const unread = '$filter=receivedDateTime ge 1900-01-01T00:00:00Z and isRead eq false';
    const rows = (await ask(`${list}&${unread}`)).json.value ?? [];
    t.same(
      rows.map((row) => row['id']),
      [id],
    );
    t.equal((await ask(`~/messages/${id}/$value`)).status, 200);
    t.equal((await ask(`~/messages/${id}/attachments?$select=name`)).status, 200);
    t.equal((await ask(`~/messages/${id}`, { method: 'PATCH', body: { isRead: true } })).status, 200);
    t.equal(
      (await ask(`~/messages/${id}/move`, { method: 'POST', body: { destinationId: 'deleteditems' } })).status,
      201,
    );
  }
});
