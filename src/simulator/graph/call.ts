/** A request on its way to its operation, and the answer. */
import type { Mailbox } from '../mailbox/mailbox.ts';
import type { Organization } from '../mailbox/organization.ts';
import type { Folder } from '../mailbox/types.ts';
import type { GraphBehaviour } from './behaviour.ts';
import type { DeltaStore } from './delta-store.ts';
import { GraphError, itemNotFound, malformedId, undeserializable } from './errors.ts';
import { readId } from './ids.ts';
import type { Model } from './model.ts';
import { readOptions, type QueryOptions } from './query-options.ts';
import type { GraphSettings } from './settings.ts';
import type { TokenClaims } from './token-check.ts';
import type { UploadSessions } from './upload-sessions.ts';

export interface GraphRequest {
  readonly method: string;
  /** Behind the version, escaped as it came. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface GraphAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: object;
  /** Instead of JSON; its type is in the headers. */
  readonly bytes?: Buffer;
  /** What becomes of the second half on its way: by a fault it never comes, or only when this is settled. */
  readonly secondHalf?: 'never' | Promise<unknown>;
  /** From something in between, that is without Graph's own headers. */
  readonly isForeign?: boolean;
}

/** What all requests share. */
export interface Service {
  /** scheme://host:port, without the version. */
  readonly origin: string;
  readonly organization: Organization;
  readonly model: Model;
  readonly behaviour: GraphBehaviour;
  readonly settings: GraphSettings;
  readonly deltas: DeltaStore;
  readonly uploads: UploadSessions;
  /** Ids of purged messages by mailbox GUID: a second permanentDelete is refused. */
  readonly purged: Map<string, Set<string>>;
  /** Counters of folders as they were before the last change, for those that are late. */
  readonly lateCounts: Map<string, { readonly total: number; readonly unread: number }>;
}

export interface Preferences {
  readonly maxPageSize: number | undefined;
  readonly bodyType: 'text' | 'html' | undefined;
  readonly allowsUnsafeHtml: boolean;
  readonly hasImmutableIds: boolean;
}

export class Call {
  readonly request: GraphRequest;
  /** Variables of the path, unescaped. */
  readonly params: Readonly<Record<string, string>>;
  readonly service: Service;
  readonly claims: TokenClaims;
  readonly prefer: Preferences;
  readonly #mailbox: Mailbox | undefined;

  constructor(
    request: GraphRequest,
    params: Readonly<Record<string, string>>,
    service: Service,
    claims: TokenClaims,
    mailbox: Mailbox | undefined,
  ) {
    this.request = request;
    this.params = params;
    this.service = service;
    this.claims = claims;
    this.#mailbox = mailbox;
    this.prefer = readPreferences(request.headers['prefer'] ?? '');
  }

  /** @throws GraphError where the path names no mailbox */
  get mailbox(): Mailbox {
    if (this.#mailbox === undefined) throw itemNotFound();
    return this.#mailbox;
  }

  param(name: string): string {
    return this.params[name] ?? '';
  }

  options(type: string): QueryOptions {
    return readOptions(this.request.query, type, this.service.model, this.service.behaviour);
  }

  /** @throws GraphError UnableToDeserializePostBody where the body is no JSON object */
  json(): Readonly<Record<string, unknown>> {
    const type = this.request.headers['content-type'] ?? '';
    if (!/^application\/json\b/i.test(type))
      throw new GraphError(415, 'RequestBodyRead', `A supported MIME type could not be found that matches '${type}'.`);
    try {
      const value: unknown = JSON.parse(this.request.body.toString());
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    } catch {
      // Said below.
    }
    throw undeserializable();
  }

  /**
   * A folder by id or well-known name.
   *
   * @throws GraphError ErrorInvalidIdMalformed for an unknown name [code, notes through Graph], ErrorItemNotFound
   */
  folder(name = this.param('folder')): Folder {
    const { behaviour } = this.service;
    const known = this.mailbox.folders.wellKnown(name);
    if (known !== undefined) {
      // Names of other folders than those of mail: the folder is not found, its messages are.
      if (name.toLowerCase() === 'root') throw malformedId();
      if (UNDOCUMENTED.has(name.toLowerCase()) && behaviour.recoverableNames === 'unknown') throw malformedId();
      return known;
    }
    if (name.toLowerCase() === 'archivemsgfolderroot' && behaviour.archiveRoot === 'topOfMailbox')
      return this.mailbox.folders.resolve('msgfolderroot');
    if (KNOWN_ELSEWHERE.has(name.toLowerCase())) throw itemNotFound();
    const { ews, parsed } = readId(this.mailbox, name);
    const folder = parsed.kind === 'folder' ? this.mailbox.folders.get(ews) : undefined;
    if (folder === undefined || (folder.wellKnownName === 'root' && behaviour.rootFolder === 'notFound'))
      throw itemNotFound();
    return folder;
  }
}

/** [code, thread atlas#252] */
const UNDOCUMENTED: ReadonlySet<string> = new Set([
  'recoverableitemsroot',
  'recoverableitemspurges',
  'recoverableitemsversions',
  'recoverableitemsdiscoveryholds',
]);

/** [doc mailFolder] Names that some mailboxes have no folder for. */
const KNOWN_ELSEWHERE: ReadonlySet<string> = new Set(
  'archive clutter conflicts conversationhistory localfailures scheduled searchfolders serverfailures syncissues'.split(
    ' ',
  ),
);

function readPreferences(text: string): Preferences {
  const value = (name: string): string | undefined =>
    new RegExp(`(?:^|[,;])\\s*${name.replaceAll('.', '\\.')}\\s*=\\s*"?([^",;]*)"?`, 'i').exec(text)?.[1];
  const size = Number(value('odata.maxpagesize') ?? Number.NaN);
  const type = value('outlook.body-content-type')?.toLowerCase();
  return {
    maxPageSize: Number.isInteger(size) && size > 0 ? size : undefined,
    bodyType: type === 'text' || type === 'html' ? type : undefined,
    allowsUnsafeHtml: /(?:^|[,;])\s*outlook\.allow-unsafe-html/i.test(text),
    hasImmutableIds: value('IdType')?.toLowerCase() === 'immutableid',
  };
}

export type Operation = (call: Call) => GraphAnswer | Promise<GraphAnswer>;
