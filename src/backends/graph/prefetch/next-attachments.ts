/** Contents of a message's attachments: a program that saves one is likely to save those behind it. */
import { Readable } from 'node:stream';
import type { Attachment } from '../../../ews/properties/values.ts';
import { toGraphAlphabet } from '../../../ews/ids/alphabet.ts';
import { boundedPieces } from '../../../network/bounded-body.ts';
import type { FetchedAnswer, OperationContext, Prefetch } from '../operation.ts';
import type { AttachmentTarget } from '../targets.ts';

/** Contents that are fetched at a time at most: of the four calls that Graph allows one is left to whoever comes. */
const AT_ONCE = 3;
/** Larger ones stream when they are asked for. */
const LARGEST = 4 * 1024 * 1024;

/**
 * The content of a file, as it comes or as it was fetched before.
 *
 * @throws GraphError or GatewayError
 */
export async function fileContent(context: OperationContext, target: AttachmentTarget): Promise<Readable> {
  const { prefetch, attachments } = context;
  const path = contentPath(target, target.segment);
  if (prefetch === undefined) return target.scope.calls.stream(path);
  const fetched = await prefetch.take<readonly Buffer[]>(target.scope, path);
  const content = fetched === undefined ? target.scope.calls.stream(path) : streamOf(fetched);
  for (const next of attachments.behind(target.id).filter(isSmallFile).slice(0, AT_ONCE))
    fetchContent(prefetch, target, next);
  return content;
}

/** In the pieces in which it came, so that a client that reads slowly holds what it has not read, and no more. */
function streamOf({ value, release }: FetchedAnswer<readonly Buffer[]>): Readable {
  return Readable.from(value, { objectMode: false }).once('close', release);
}

/** Of an attachment of the same message. @param segment Graph's id */
export function contentPath({ messagePath }: AttachmentTarget, segment: string): string {
  return `${messagePath}/attachments/${segment}/$value`;
}

function isSmallFile({ kind, size }: Attachment): boolean {
  return kind === 'file' && size <= LARGEST;
}

function fetchContent(prefetch: Prefetch, target: AttachmentTarget, { id, size }: Attachment): void {
  const path = contentPath(target, toGraphAlphabet(id));
  prefetch.fetch<readonly Buffer[]>(target.scope, {
    what: path,
    bytes: size,
    operation: 'GetAttachment',
    read: async (calls) => boundedPieces(await calls.stream(path), size),
  });
}
