/**
 * What an import through Microsoft Graph costs, against the simulator on loopback: npm run bench:graph
 *
 * Counts the calls, measures processor time of the gateway's own process, and compares the import of 50 mails with
 * that through EWS where each upstream call takes 80 ms.
 */
import { availableParallelism, cpus } from 'node:os';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { Agent, request } from 'undici';
import type { Mailbox } from '../src/simulator/mailbox/mailbox.ts';
import { recipient } from '../src/simulator/mailbox/message.ts';
import { startSimulator } from '../src/simulator/simulator.ts';
import { envelope } from '../test/support/envelopes.ts';
import { GatewayProcess } from '../test/support/gateway-process.ts';
import { importAll, readAll, throughGateway, type ImportOptions } from '../test/support/importer.ts';
import { createLargeItem } from '../test/support/large-message.ts';
import { ALICE, basic, CLIENT, mail, newMailbox, SECRET, TENANT, type Answer } from '../test/support/stack.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, mails: { type: 'string', default: '50' } },
});
const ROUNDS = Number(values.rounds);
const MAILS = Number(values.mails);
const ATTACHMENTS = 2;
/** Of each upstream call, in milliseconds. */
const LATENCY = 80;
const WARM_UP = 300;
const REQUESTS = 100;
const MIB = 1024 * 1024;
/** MiB of a large message's attachment. */
const LARGE = 40;

/** Graph with nothing that is fetched ahead stands between the two. */
const SUBJECTS = { ews: 'EWS', plain: 'Graph, prefetch: false', graph: 'Graph' } as const;
type Name = keyof typeof SUBJECTS;
const NAMES = Object.keys(SUBJECTS) as Name[];
interface Measured {
  readonly what: string;
  readonly value: number;
  readonly atMost: number;
}

const mailbox = newMailbox(ALICE);
const simulator = await startSimulator({
  apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }], graphRoles: ['Mail.ReadWrite'] }],
  mailboxes: [mailbox],
});
const gateways = {
  ews: new GatewayProcess(simulator, {}),
  plain: new GatewayProcess(simulator, {
    backend: 'graph',
    alice: '    operations: mail',
    registration: '    graph: { prefetch: false }',
  }),
  graph: new GatewayProcess(simulator, { backend: 'graph', alice: '    operations: mail' }),
};
const dispatcher = new Agent({ keepAliveTimeout: 60_000 });
for (const gateway of Object.values(gateways)) await gateway.start();

process.stdout.write(
  `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}, ` +
    `median of ${ROUNDS}\n\n`,
);
try {
  const results = [...(await pages()), ...(await importing()), ...(await uploading())];
  const rows = results.map(
    ({ what, value, atMost }) =>
      `| ${what} | ${rounded(value)} | at most ${rounded(atMost)} | ${value <= atMost ? 'yes' : '**no**'} |`,
  );
  process.stdout.write(`| | measured | target | met |\n| --- | ---: | --- | --- |\n${rows.join('\n')}\n`);
} finally {
  for (const gateway of Object.values(gateways)) await gateway.stop();
  await dispatcher.close();
  await simulator.close();
}

/** FindItem of 50 and GetItem of 20: calls, and processor time of the gateway. */
async function pages(): Promise<Measured[]> {
  for (let index = 0; index < 60; index++) addMail(mailbox, index);
  const ids = mailbox.items.list(mailbox.folders.resolve('inbox').id).map(({ id }) => `<t:ItemId Id="${id}"/>`);
  const findItem =
    '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>' +
    '<m:IndexedPageItemView MaxEntriesReturned="50" Offset="0" BasePoint="Beginning"/>' +
    '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>';
  const getItem =
    '<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape><m:ItemIds>' +
    `${ids.slice(0, 20).join('')}</m:ItemIds></m:GetItem>`;
  const floor =
    '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds>' +
    `<t:AlternateId Format="EwsId" Id="DUMMY" Mailbox="DUMMY"/></m:SourceIds></m:ConvertId>`;
  // Each id counts towards Graph's 10,000 requests in ten minutes: few requests are for many of them.
  for (const operation of [findItem, floor])
    for (let count = 0; count < WARM_UP; count++) await post('graph', operation);
  const [page, nothing] = [await cpuOf(findItem), await cpuOf(floor)];
  const measured = [
    { what: 'calls of FindItem(50), the counter being known', value: await callsOf(findItem), atMost: 1 },
    { what: 'round trips of GetItem of 20 ids', value: await callsOf(getItem), atMost: 2 },
    { what: 'CPU ms of FindItem(50), all of it', value: page, atMost: 4 },
    { what: 'CPU ms of a request without a Graph call, for comparison', value: nothing, atMost: page },
  ];
  mailbox.emptyFolder('inbox', 'hard');
  return measured;
}

async function importing(): Promise<Measured[]> {
  for (const name of NAMES) await importAll({ send: sender(name) });
  await deliver(1);
  const one = await callsDuring(() => importAll({ send: sender('graph'), pageSize: 50 }));
  simulator.graph.settings.latency = LATENCY;
  simulator.exchange.script.add({ delay: LATENCY, times: 1_000_000 });
  const seconds = await compared('imported and moved', async (options) => {
    await deliver(MAILS);
    return () => importAll(options);
  });
  await deliver(MAILS);
  const reading = await compared('read', async (options) => () => readAll(options));
  mailbox.emptyFolder('inbox', 'hard');
  return [
    // The program looks for its folder first, and lists an empty Inbox at the end.
    { what: `calls for one mail with ${ATTACHMENTS} attachments`, value: one - 2, atMost: 4 + ATTACHMENTS },
    { what: 'seconds of the import, Graph ÷ EWS', value: seconds.graph / seconds.ews, atMost: 1.1 },
    { what: 'the same, prefetch: false', value: seconds.plain / seconds.ews, atMost: 1.1 },
    { what: 'seconds of reading alone, Graph ÷ EWS', value: reading.graph / reading.ews, atMost: 1.1 },
  ];
}

/**
 * The same by each subject, in turns.
 *
 * @param done what becomes of the mails
 * @param prepare gives what is measured
 * @returns the median of seconds
 */
async function compared(
  done: string,
  prepare: (options: ImportOptions) => Promise<() => Promise<unknown>>,
): Promise<Record<Name, number>> {
  const walls: Record<Name, number[]> = { ews: [], plain: [], graph: [] };
  const calls: Record<Name, number> = { ews: 0, plain: 0, graph: 0 };
  const cpu: Record<Name, number[]> = { ews: [], plain: [], graph: [] };
  for (let round = 0; round < ROUNDS; round++)
    for (const name of NAMES) {
      const run = await prepare({ send: sender(name), pageSize: 50 });
      const [startedAt, cpuBefore] = [performance.now(), gateways[name].cpuSeconds()];
      calls[name] = await callsDuring(run);
      walls[name].push((performance.now() - startedAt) / 1000);
      // Each of the program's requests is one call.
      cpu[name].push(((gateways[name].cpuSeconds() - cpuBefore) * 1000) / calls[name]);
    }
  process.stdout.write(
    `## ${MAILS} mails with ${ATTACHMENTS} attachments ${done}, ${LATENCY} ms for each upstream call\n\n` +
      '| | calls | s | CPU ms a request |\n| --- | ---: | ---: | ---: |\n' +
      NAMES.map((name) => {
        const row = [SUBJECTS[name], calls[name], median(walls[name]).toFixed(1), median(cpu[name]).toFixed(1)];
        return `| ${row.join(' | ')} |\n`;
      }).join('') +
      '\n',
  );
  return { ews: median(walls.ews), plain: median(walls.plain), graph: median(walls.graph) };
}

/** How much the process grows by messages that are taken apart: one, and several at once. */
async function uploading(): Promise<Measured[]> {
  simulator.graph.settings.latency = 0;
  const grown = async (messages: number): Promise<number> => {
    gateways.graph.resetPeak();
    const before = gateways.graph.peakBytes();
    const sent = Array.from({ length: messages }, (_, index) =>
      postTo('graph', Readable.from(createLargeItem(`Scan ${index}`, LARGE * MIB), { objectMode: false })),
    );
    await Promise.all(sent);
    mailbox.emptyFolder('drafts', 'hard');
    return (gateways.graph.peakBytes() - before) / MIB;
  };
  const one = await grown(1);
  return [
    { what: `MiB of growth by a message of ${LARGE} MiB by its MIME`, value: one, atMost: 10 * LARGE },
    { what: 'MiB of more growth by three of them at once', value: await grown(3), atMost: Math.max(one, LARGE) },
  ];
}

function addMail(to: Mailbox, index: number): void {
  to.add(
    {
      from: recipient('sender@fabrikam.test', 'A Sender'),
      to: [recipient(ALICE), recipient('bob@contoso.test', 'Bob')],
      subject: `Invoice ${index} of many`,
      bodyText: 'Please find the invoice attached.\n'.repeat(20),
      internetMessageId: `<${index}@fabrikam.test>`,
    },
    'inbox',
    { receivedAt: new Date(Date.UTC(2026, 0, 1) + index * 60_000) },
  );
}

async function deliver(count: number): Promise<void> {
  const content = Buffer.alloc(20_000, 'page ');
  const attachments = Array.from({ length: ATTACHMENTS }, (_, index) => ({
    name: `scan-${index}.pdf`,
    contentType: 'application/pdf',
    content,
  }));
  for (let index = 0; index < count; index++) await mailbox.deliver(mail(`Invoice ${index}`, attachments));
}

function sender(name: Name): ReturnType<typeof throughGateway> {
  return throughGateway((body) => postTo(name, body));
}

function post(name: Name, operation: string): Promise<Answer> {
  return postTo(name, envelope(operation));
}

async function postTo(name: Name, body: string | Readable): Promise<Answer> {
  const response = await request(gateways[name].url, {
    dispatcher,
    method: 'POST',
    headers: { 'authorization': basic(ALICE), 'content-type': 'text/xml; charset=utf-8' },
    body,
  });
  const answer = { status: response.statusCode, headers: response.headers, text: await response.body.text() };
  if (answer.status !== 200) throw new Error(answer.text);
  return answer;
}

/** Milliseconds of the gateway's processor time for one request. */
async function cpuOf(operation: string): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = gateways.graph.cpuSeconds();
    for (let count = 0; count < REQUESTS; count++) await post('graph', operation);
    rounds.push(((gateways.graph.cpuSeconds() - before) * 1000) / REQUESTS);
  }
  return median(rounds);
}

function callsOf(operation: string): Promise<number> {
  return callsDuring(() => post('graph', operation));
}

/** Upstream calls while something runs; a batch is one. */
async function callsDuring(run: () => Promise<unknown>): Promise<number> {
  const [graph, exchange] = [simulator.graph.requests.length, simulator.exchange.requests.length];
  await run();
  const onWire = simulator.graph.requests.slice(graph).filter(({ isBatchStep }) => !isBatchStep);
  return onWire.length + simulator.exchange.requests.length - exchange;
}

function rounded(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
}
