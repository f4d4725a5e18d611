/**
 * Writes docs/graph-coverage.md from the tables that the Graph backend works by: npm run graph-coverage
 *
 * A test makes the page again and compares.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDate } from '../src/backends/graph/listing/filter.ts';
import { FOLDER_CLASS } from '../src/backends/graph/folders/folder-facts.ts';
import type { KnownMailbox } from '../src/backends/graph/mailbox-directory.ts';
import { WELL_KNOWN_NAMES } from '../src/backends/graph/mailbox-directory.ts';
import { STAND_IN_NAMES } from '../src/backends/graph/folders/stand-ins.ts';
import { OPERATIONS } from '../src/backends/graph/operations/table.ts';
import { FOLDER_PROPERTIES as GRAPH_FOLDER, type GraphFolder } from '../src/backends/graph/properties/folder.ts';
import type { Filter, GraphProperty } from '../src/backends/graph/properties/graph-property.ts';
import { messageProperty } from '../src/backends/graph/properties/message.ts';
import { OPERATION_PRESETS } from '../src/ews/operations.ts';
import { FOLDER_PROPERTIES, ITEM_PROPERTIES } from '../src/ews/properties/elements.ts';
import type { EwsProperty } from '../src/ews/properties/types.ts';
import { OPERATION_NOTES, SOURCE_NOTES } from '../src/backends/graph/coverage-notes.ts';
import { PEER_TESTS_THROUGH_GRAPH } from './peer-test-notes.ts';

const INTRODUCTION = `# What is served through Microsoft Graph

Made from the code's own tables by \`npm run graph-coverage\`; a test holds that it is in step. How a caller is
switched to Graph, and what its program notices: [graph.md](graph.md).

The backend is tested against a simulated Graph that is as strict as Microsoft's documentation and public reports
say. Where nothing is known for certain, the simulator has a guess: that a request works there shows that gateway
and simulator agree, and not yet that Microsoft's service does the same.
`;

/** @returns a page in Markdown @throws Error where a note is about an operation or property that is not served */
export function graphCoverage(): string {
  for (const name of Object.keys(OPERATION_NOTES))
    if (!OPERATIONS.has(name)) throw new Error(`a note on ${name}, which is not served`);
  return [
    INTRODUCTION,
    operations(),
    itemProperties(),
    folderProperties(),
    EXTENDED,
    `## Well-known folders

Besides \`root\`, the folder above \`msgfolderroot\`, those below. Others are \`ErrorFolderNotFound\`.

${listed(WELL_KNOWN_NAMES)}.

These only open, empty and without rights ([why](decisions/folders-that-only-open.md)): ${listed(STAND_IN_NAMES)}.
`,
    peerTests(),
  ].join('\n');
}

function operations(): string {
  const names = [...new Set([...OPERATION_PRESETS.mail, ...OPERATIONS.keys()])].toSorted();
  const rows = names.map((name) => {
    const preset = OPERATION_PRESETS.capture.has(name) ? 'capture' : OPERATION_PRESETS.mail.has(name) ? 'mail' : '';
    const served = OPERATIONS.has(name);
    return [name, preset, served ? 'yes' : '**no**', served ? (OPERATION_NOTES[name] ?? '') : ''];
  });
  return `## Operations

Those of the presets \`capture\` and \`mail\` ([operations.md](operations.md)). One that is not served, and every
operation that is not listed here, gets a fault that names it (\`OPERATION_UNSUPPORTED\` in log and status), and Graph
is not asked. Time zones (GetServerTimeZones, TimeZoneContext) are those with one rule for all years; in any other,
dates without an offset count as UTC.

${table(['operation', 'smallest preset', 'served', 'what differs from Exchange'], rows)}`;
}

function itemProperties(): string {
  const served = ITEM_PROPERTIES.filter(({ uri }) => messageProperty(uri) !== undefined);
  const others = ITEM_PROPERTIES.filter(({ uri }) => messageProperty(uri) === undefined);
  const rows = served.map((property) => {
    const graph = messageProperty(property.uri) as GraphProperty<unknown>;
    return [
      `\`${property.uri}\``,
      sourceOf(property.uri, graph),
      written(property, graph),
      filtered(property, graph.filter),
      sorted(property, graph),
    ];
  });
  return `## Properties of items

*UpdateItem*: "drafts" are sent to Graph as well, which refuses most of them for received mail.
*Restriction* and *sort order*: "Graph" is quick in a folder of any size; "gateway" reads the folder's messages.

${table(['FieldURI', 'from Graph', 'UpdateItem', 'restriction', 'sort order'], rows)}
Known, but with no value from Graph: not in answers (or with the constant that the schema demands), and not to be used
in UpdateItem, restrictions and sort orders:

${listed(others.map(({ uri }) => uri))}.
`;
}

function sourceOf(uri: string, { select = [], single = [], attachments }: GraphProperty<unknown>): string {
  const note = SOURCE_NOTES[uri];
  if (note !== undefined) return note;
  const members = [...select, ...single, ...(attachments ? ['attachments'] : [])];
  if (members.length === 0) throw new Error(`${uri} needs a note on where its value comes from`);
  return members.map((member) => `\`${member}\``).join(', ');
}

function written({ settable }: EwsProperty, { write }: GraphProperty<unknown>): string {
  if (write === undefined || settable === 'never') return 'no';
  return settable === 'always' ? 'yes' : 'drafts';
}

const COMPARED: Readonly<Record<Filter['kind'], string>> = {
  boolean: 'equal, not equal',
  date: 'all but not equal',
  text: 'equal',
  id: 'equal',
  enum: 'equal',
  any: 'equal',
};

function filtered({ comparable }: EwsProperty, filter: Filter | undefined): string {
  if (filter !== undefined) return `Graph (${COMPARED[filter.kind]}), else gateway`;
  return comparable ? 'gateway' : 'no';
}

function sorted({ sortable }: EwsProperty, { orderBy }: GraphProperty<unknown>): string {
  if (orderBy !== undefined && isDate(orderBy)) return 'Graph, as the only key';
  return sortable ? 'gateway' : 'no';
}

function folderProperties(): string {
  const rows = FOLDER_PROPERTIES.flatMap(({ uri }) => {
    const read = (GRAPH_FOLDER as Readonly<Record<string, (typeof GRAPH_FOLDER)['folder:TotalCount'] | undefined>>)[
      uri
    ];
    return read === undefined ? [] : [[`\`${uri}\``, SOURCE_NOTES[uri] ?? membersRead(read)]];
  });
  const others = FOLDER_PROPERTIES.filter(({ uri }) => !Object.hasOwn(GRAPH_FOLDER, uri));
  return `## Properties of folders

Restrictions of FindFolder are judged in the gateway. CreateFolder takes \`folder:DisplayName\` and
\`folder:FolderClass\`.

${table(['FieldURI', 'from Graph'], rows)}
Known, but with no value from Graph:

${listed(others.map(({ uri }) => uri))}.
`;
}

/** Which members of a folder a property is read from, found by reading it. */
function membersRead(read: (folder: GraphFolder, mailbox: KnownMailbox) => unknown): string {
  const members = new Set<string>();
  const folder = new Proxy({ id: '', parentFolderId: '', displayName: '' } as GraphFolder, {
    get: (target, name) => {
      if (typeof name === 'string' && name !== 'multiValueExtendedProperties')
        members.add(name === 'singleValueExtendedProperties' ? FOLDER_CLASS : name);
      return Reflect.get(target, name) as unknown;
    },
  });
  read(folder, {
    address: '',
    guid: undefined,
    folders: new Map(),
    names: new Map(),
    rootId: '',
    recoverableRootId: undefined,
  });
  return [...members].map((member) => `\`${member}\``).join(', ');
}

const EXTENDED = `## Extended properties

Any \`ExtendedFieldURI\` by tag, by set and id, or by set and name is read with messages, and with folders where the
cloud has them, as Graph's single-value or multi-value extended property of the same type. The types Error, Null,
Object and ObjectArray are not read. UpdateItem writes them on messages. In restrictions and sort orders they are
judged in the gateway.
`;

function peerTests(): string {
  const rows = Object.entries(PEER_TESTS_THROUGH_GRAPH).map(([name, reason]) => [`\`${name}\``, reason]);
  return `## Tests of exchangelib

Its own tests run through the gateway on both backends ([peer-suite.md](peer-suite.md)). These pass through EWS and
fail through Graph:

${table(['test', 'reason'], rows)}`;
}

/** Names in lines of the usual width. */
function listed(names: readonly string[]): string {
  const lines = [''];
  for (const name of names) {
    const word = `\`${name}\`${name === names.at(-1) ? '' : ','}`;
    const line = lines.at(-1) ?? '';
    if (line.length + word.length > 100) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('');
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, '../docs/graph-coverage.md'), graphCoverage());
