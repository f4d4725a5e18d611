/**
 * Attaches files and messages to a message that is at Graph: up to 3 MB in one call, larger files by an upload session,
 * which goes on where it broke off.
 *
 * @see https://learn.microsoft.com/graph/api/message-post-attachments
 * @see https://learn.microsoft.com/graph/outlook-large-attachments
 */
import type { Readable } from 'node:stream';
import { ResponseError } from '../../../ews/response-messages.ts';
import { streamed } from '../../../network/buffer-collection.ts';
import { GraphError, leavesOpen, LOCAL_CODES, mayBeUnderWay } from '../service/graph-error.ts';
import type { GraphList } from '../service/mailbox-calls.ts';
import {
  attachmentJson,
  describeFile,
  LARGEST_UPLOAD,
  SMALLEST_UPLOAD,
  type CreationContext,
} from './message-outline.ts';
import { isSince } from './is-since.ts';
import type { NewAttachment } from './new-message.ts';
import type { Scope } from '../operation.ts';

type NewFile = NewAttachment & { readonly kind: 'file' };

/**
 * Adds an attachment.
 *
 * @param message Graph's id
 * @returns Graph's id of the attachment
 * @throws ResponseError, GraphError or GatewayError; whether it is attached is not known where Graph gave no answer,
 *   and what is there cannot be told from others
 */
export async function addAttachment(
  context: CreationContext,
  scope: Scope,
  message: string,
  attachment: NewAttachment,
): Promise<string> {
  if (attachment.kind === 'file' && attachment.content.size >= SMALLEST_UPLOAD)
    return upload(context, scope, message, attachment);
  const body = await attachmentJson(context, attachment);
  return attachOnce(scope.calls, message, attachment.name, body);
}

interface ListedAttachment {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly lastModifiedDateTime: string;
}

/** Posts an attachment. One that got no answer may be there: it is looked for before it is posted once more. */
async function attachOnce(calls: Scope['calls'], message: string, name: string, body: unknown): Promise<string> {
  const post = async (): Promise<string> =>
    (await calls.post<{ readonly id: string }>(`/messages/${message}/attachments`, body)).id;
  const began = Date.now();
  try {
    return await post();
  } catch (error) {
    if (!leavesOpen(error)) throw error;
    const [found, ...others] = (await attachmentsOf(calls, message)).filter(
      (one) => one.name === name && isSince(one.lastModifiedDateTime, began),
    );
    if (others.length > 0 || (found === undefined && mayBeUnderWay(error))) throw error;
    return found === undefined ? post() : found.id;
  }
}

async function attachmentsOf(calls: Scope['calls'], message: string): Promise<readonly ListedAttachment[]> {
  const { value } = await calls.get<GraphList<ListedAttachment>>(`/messages/${message}/attachments`, {
    $select: 'id,name,size,lastModifiedDateTime',
    $top: 250,
  });
  return value;
}

/** Bytes of one range: below 4 MB, and a multiple of 320 KiB as other uploads of Graph want it. */
const RANGE = 12 * 320 * 1024;
/** How often a range that got no answer is looked after. */
const TRIES = 3;

interface SessionState {
  /** Where the next range begins: "3932160", or "3932160-5000000". */
  readonly nextExpectedRanges?: readonly string[];
}

async function upload(
  { capabilities }: CreationContext,
  { calls }: Scope,
  message: string,
  file: NewFile,
): Promise<string> {
  const { size } = file.content;
  if (!capabilities.uploadSessions || size > LARGEST_UPLOAD)
    throw new ResponseError(
      'ErrorAttachmentSizeLimitExceeded',
      `Microsoft Graph takes files of up to ${capabilities.uploadSessions ? 150 : 3} MB here.`,
    );
  const session = await calls.post<{ readonly uploadUrl: string }>(
    `/messages/${message}/attachments/createUploadSession`,
    { AttachmentItem: { attachmentType: 'file', size, ...describeFile(file) } },
    // A session to which nothing is sent leaves nothing.
    { repeatable: 'always' },
  );
  const url = new URL(session.uploadUrl);
  let start = 0;
  let location: string | undefined;
  for await (const bytes of ranges(file.content.createReadStream())) {
    location = await put(calls, url, { start, bytes, size });
    start += bytes.length;
  }
  const id = idIn(location ?? '') ?? (await uploaded(calls, message, file));
  if (id !== undefined) return id;
  throw new GraphError({
    status: 0,
    code: LOCAL_CODES.cut,
    message: 'An upload session broke off.',
    requestId: undefined,
    retryAfter: undefined,
  });
}

/** The last answer names the attachment by its address. */
function idIn(location: string): string | undefined {
  return /\/Attachments\('([^')]+)'\)\/?$/i.exec(decodeURIComponent(location))?.[1];
}

/** A file whose last range was taken without an answer; undefined where it cannot be told from others. */
async function uploaded(
  calls: Scope['calls'],
  message: string,
  { name, content }: NewFile,
): Promise<string | undefined> {
  const attachments = await attachmentsOf(calls, message);
  const [found, ...others] = attachments.filter((one) => one.name === name && one.size >= content.size);
  return others.length === 0 ? found?.id : undefined;
}

interface Range {
  readonly start: number;
  readonly bytes: Buffer;
  /** Of the whole file. */
  readonly size: number;
}

/**
 * Sends one range, and what of it is missing after a broken connection.
 *
 * @returns where the attachment is, if the answer to the last range says so
 */
async function put(calls: Scope['calls'], url: URL, { start, bytes, size }: Range): Promise<string | undefined> {
  const end = start + bytes.length;
  let from = start;
  for (let tries = 1; ; tries++) {
    try {
      const range = `bytes ${from}-${end - 1}/${size}`;
      const { headers } = await calls.upload(url, 'PUT', bytes.subarray(from - start), range);
      const { location } = headers;
      return Array.isArray(location) ? location[0] : location;
    } catch (error) {
      if (!leavesOpen(error) || tries === TRIES) throw error;
      const next = await nextExpected(calls, url);
      // A session is gone with its last range.
      if (next === end || (next === undefined && end === size)) return undefined;
      if (next === undefined || next < start || next > end) throw error;
      from = next;
    }
  }
}

async function nextExpected(calls: Scope['calls'], url: URL): Promise<number | undefined> {
  try {
    const { value } = await calls.upload<SessionState>(url, 'GET');
    const next = Number.parseInt(value.nextExpectedRanges?.[0] ?? '', 10);
    return Number.isNaN(next) ? undefined : next;
  } catch (error) {
    if (error instanceof GraphError && error.status === 404) return undefined;
    throw error;
  }
}

/** The bytes of a stream in ranges of one size, the last one shorter. Each is valid until the next is asked for. */
async function* ranges(stream: Readable): AsyncGenerator<Buffer> {
  const range = Buffer.allocUnsafeSlow(RANGE);
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    streamed(chunk.length);
    for (let taken = 0; taken < chunk.length;) {
      const copied = chunk.copy(range, size, taken);
      taken += copied;
      size += copied;
      if (size < RANGE) continue;
      yield range;
      size = 0;
    }
  }
  if (size > 0) yield range.subarray(0, size);
}
