/** What a probe measures of Graph, point by point, whichever way Graph answers. */
import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { Agent } from 'undici';
import type { MeasuredCapabilities } from '../../src/config/types.ts';
import { graphCaller, type GraphCaller } from '../../src/diagnosis/graph-probe/graph-caller.ts';
import { largePoint } from '../../src/diagnosis/graph-probe/large-points.ts';
import { PROBE_POINTS } from '../../src/diagnosis/graph-probe/points.ts';
import { probeGraph, type MeasuredPoint } from '../../src/diagnosis/graph-probe/probe.ts';
import { toGraphAlphabet } from '../../src/ews/ids/alphabet.ts';
import { writeId } from '../../src/ews/ids/item-id.ts';
import { ALL_A, ALL_B, flipped, type BehaviourPoint } from '../../src/simulator/graph/behaviour.ts';
import { startGraph } from '../simulator/graph/graph-client.ts';
import { ALICE } from '../support/stack.ts';

type Answers = ReadonlyMap<string, MeasuredPoint>;

/** A simulated Graph, and a way to measure it again and again. */
async function startProbe(t: Test) {
  const { simulator, alice, tokenWith } = await startGraph(t);
  const dispatcher = new Agent({ connect: { ca: simulator.tls.certificate } });
  t.teardown(() => dispatcher.destroy());
  const caller = graphCaller(
    `${simulator.graph.origin}/v1.0/users/${ALICE}`,
    tokenWith(['Mail.ReadWrite']),
    dispatcher,
  );
  return {
    graph: simulator.graph,
    alice,
    /** @param names of the points; default: all */
    measure: async (
      ...names: readonly string[]
    ): Promise<{ readonly answers: Answers; readonly capabilities: MeasuredCapabilities }> => {
      const wanted = [...PROBE_POINTS, LARGE].filter(({ name }) => names.length === 0 || names.includes(name));
      const { points, capabilities, left } = await probeGraph(caller, wanted);
      t.equal(left, undefined, 'the folder is gone');
      return { answers: new Map(points.map((point) => [point.name, point])), capabilities };
    },
  };
}

const OTHER_FORM = 'ids in their other form (plain, compressed)';
const EXTENDED = 'extended properties of received mail';
const CONTENT = 'content of received mail by extended properties';
const STATES = 'how often a state of changes can be used';
const COUNTERS = 'counters in the ids of new and moved messages';
const OLDER = 'older messages in changes that are filtered by date';
const OTHER_KINDS = 'calendar items, contacts and tasks by their ids';
const NATIVE_BODY = 'the kind of body that a message was made with';
const ITEM_CLASS = 'changing the class of a message';
const LARGE_PROPERTIES = 'extended properties of 200 kB';
const CREATION = 'the date of creation in filters and sort orders';
const SORTS = 'further members in sort orders';
const FRACTIONS = 'fractions of seconds in filters by date';
const FOLDER_CLASS = 'the class of a folder, given at its creation';
const MOVED_FOLDER = 'the id of a folder that is moved';
const MIME_ANSWER = 'attachments in the answer to MIME';
const ARCHIVE = 'the top of the archive mailbox';
const RECOVERABLE = 'moving a message to the recoverable items';
/** As the one of 100 MB. */
const LARGE = largePoint(5_000_000);

/** By behaviour of the simulator: the point, what is said of it, and the capability. */
const FLIPPED: readonly (readonly [BehaviourPoint, string, RegExp, MeasuredCapabilities])[] = [
  ['castInSelect', 'contentId in the $select of attachments', /^no \(HTTP 400\)$/, { selectContentId: false }],
  ['ifMatch', 'If-Match of PATCH', /ignored/, { ifMatch: false }],
  ['deletedMessages', 'where DELETE leaves a message', /Deleted Items/, { deletedMessagesRecoverable: false }],
  ['deletedFolders', 'where DELETE leaves a folder', /no folder/, { deletedFoldersRecoverable: true }],
  ['nullProperty', 'extended properties that are set to null', /^no \(HTTP 400\)$/, { removableProperties: false }],
  ['receiptRequests', 'taking back the request for a read receipt', /taken back/, { receiptsCanBeWithdrawn: true }],
  ['contentOfNonDrafts', 'taking back the request for a read receipt', /it stays/, { receiptsCanBeWithdrawn: false }],
  ['largeMime', 'the largest MIME in one call', /^2\.2 MB$/, { mimeBytes: 2_200_000 }],
  ['mimeIntoFolders', 'the largest MIME in one call', /^2\.9 MB$/, { mimeBytes: 2_900_000 }],
  ['attachmentsOfNonDrafts', 'removing an attachment of received mail', /^no/, {}],
  ['otherIdForms', OTHER_FORM, /not known \(HTTP 404\)/, {}],
  ['rootFolder', 'the folder above the top of the mailbox', /cannot be read/, {}],
  ['recoverableNames', 'the root of the recoverable items', /cannot be read/, {}],
  ['dateFirstCarries', 'a sorted filter that begins with the date', /refused/, {}],
  ['deltaGenerations', STATES, /^until 1 later ones are there \(HTTP 410\)$/, {}],
  ['filteredDelta', OLDER, /^are told: changes and removals$/, {}],
  ['deltaPages', 'the size of pages of changes', /^of the server: \d+ where 2 are preferred$/, {}],
  ['otherKinds', OTHER_KINDS, /^are not found \(HTTP 404\)$/, {}],
  ['nonDraftFlags', 'flags that make a message no draft', /^only the one for submitted messages$/, {}],
  ['moveToSameParent', 'moving a folder to where it is', /^changes nothing$/, {}],
  ['hiddenChildren', 'hidden folders in the number of folders below', /^are counted$/, {}],
  ['nativeBody', NATIVE_BODY, /^is not given \(text: none, html: none\)$/, {}],
  ['laterItemClass', ITEM_CLASS, /^no \(HTTP 400\)$/, {}],
  ['retentionTags', 'the retention tag of a message', /^no \(HTTP 400\)$/, {}],
  ['largeProperties', LARGE_PROPERTIES, /^are cut to 32768 characters$/, {}],
  ['creationInQueries', CREATION, /^is refused \(HTTP 400\)$/, { queriesByCreation: false }],
  ['furtherSorts', SORTS, /^refused: from\/emailAddress\/name, importance, isRead, hasAttachments$/, {}],
  ['fractionsOfDates', FRACTIONS, /^are compared$/, {}],
  ['folderClassAtCreation', FOLDER_CLASS, /^has no effect$/, {}],
  ['movedFolderIds', MOVED_FOLDER, /^is another one$/, {}],
  ['attachmentsOfPostedMime', MIME_ANSWER, /^are given$/, {}],
  ['archiveRoot', ARCHIVE, /^is the one of the mailbox itself$/, {}],
  ['movesToRecoverable', RECOVERABLE, /^is refused \(HTTP 403\)$/, {}],
  ['largeValue', 'MIME of a message of 5 MB', /^is not given out \(HTTP 400\)$/, {}],
];

t.test('the likelier answers', async (t) => {
  const { measure } = await startProbe(t);
  const { answers, capabilities } = await measure();
  t.match(capabilities, {
    selectContentId: true,
    ifMatch: true,
    permanentDelete: true,
    delta: true,
    deletedMessagesRecoverable: true,
    deletedFoldersRecoverable: false,
    receivedExtendedProperties: true,
    removableProperties: true,
    receiptsCanBeWithdrawn: false,
    queriesByCreation: true,
    mimeBytes: 2_900_000,
  });
  for (const [name, { answer }] of answers) t.notMatch(answer, /not known/, name);
  t.equal(answers.get(OTHER_FORM)?.answer, 'name the same message');
  for (const [name, answer] of [
    [STATES, 'until 3 later ones are there (HTTP 410)'],
    [OLDER, 'are told: removals'],
    ['the size of pages of changes', 'as preferred'],
    [OTHER_KINDS, 'are messages'],
    [COUNTERS, 'rise'],
    ['flags that make a message no draft', 'any without the one for drafts'],
    ['moving a folder to where it is', 'is refused (HTTP 409)'],
    ['hidden folders in the number of folders below', 'are not counted'],
    [CONTENT, 'can be changed'],
    ['MIME of a message of 5 MB', 'is given out'],
    [NATIVE_BODY, 'is given'],
    [ITEM_CLASS, 'yes'],
    ['the retention tag of a message', 'yes'],
    [LARGE_PROPERTIES, 'yes'],
    [CREATION, 'is taken'],
    [SORTS, 'are taken'],
    [FRACTIONS, 'are not compared'],
    [FOLDER_CLASS, 'is kept'],
    [MOVED_FOLDER, 'stays'],
    [MIME_ANSWER, 'are not given'],
    [ARCHIVE, 'cannot be read (HTTP 400)'],
    [RECOVERABLE, 'is done'],
  ] as const)
    t.equal(answers.get(name)?.answer, answer, name);
  t.match(
    answers.get('ids of attachments inside attached messages')?.answer,
    /^(?:have 2 levels|are of another form)$/,
  );
});

t.test('each point answered the other way', async (t) => {
  const { graph, alice, measure } = await startProbe(t);
  const before = alice.folders.descendants(alice.folders.resolve('msgfolderroot').id).length;
  for (const [point, name, answer, capability] of FLIPPED) {
    graph.behaviour = flipped(ALL_A, point);
    const { answers, capabilities } = await measure(name);
    t.match(answers.get(name)?.answer, answer, point);
    t.match(capabilities, capability, point);
  }
  graph.behaviour = { ...ALL_A, mailAdvancedGate: true, gateOnExtendedProperties: true };
  const gated = await measure(EXTENDED, CONTENT);
  t.match(gated.capabilities, { receivedExtendedProperties: false });
  t.equal(gated.answers.get(CONTENT)?.answer, 'cannot be changed');
  graph.behaviour = ALL_B;
  t.match((await measure('If-Match of PATCH', EXTENDED)).capabilities, { ifMatch: false });
  t.equal(alice.folders.descendants(alice.folders.resolve('msgfolderroot').id).length, before, 'nothing is left');
});

t.test('counters in ids that do not rise are told, and ids of another form', async (t) => {
  const point = PROBE_POINTS.filter(({ name }) => name === COUNTERS);
  const idWith = (counter: number): string =>
    toGraphAlphabet(
      writeId({
        kind: 'item',
        mailbox: randomUUID(),
        provider: '00'.repeat(16),
        folder: { replica: '00'.repeat(16), counter: 1 },
        message: { replica: '00'.repeat(16), counter },
        instruction: 0,
      }),
    );
  for (const [ids, answer] of [
    [[3, 2, 1].map(idWith), 'do not rise: 3, 2, 1'],
    [['a', 'b', 'c'], 'ids are of a form that is not known'],
  ] as const) {
    const left = [...ids];
    // A Graph that the simulator does not play: its model of a mailbox has rising counters only.
    const call: GraphCaller['call'] = (method, path) => {
      const isFolder = path.includes('olders') && !path.endsWith('/messages');
      const id = isFolder ? 'folder' : left.shift();
      return Promise.resolve({ status: path.endsWith('/permanentDelete') ? 204 : 201, value: { id, method } });
    };
    const unused = (): Promise<never> => Promise.reject(new Error('not asked for'));
    const { points } = await probeGraph({ call, postMime: unused, upload: unused, sizeOf: unused }, point);
    t.equal(points[0]?.answer, answer);
  }
});
