/**
 * What becomes of MIME that is posted in one call. In base64 it fits into 4 MB, and above 2.2 MB Graph has been seen to
 * answer with success and do nothing.
 *
 * @see https://github.com/microsoftgraph/microsoft-graph-docs/issues/13979
 */
import type { GraphCaller, ProbeAnswer } from './graph-caller.ts';
import { open, type ProbePoint } from './point.ts';
import { remove } from './scene-objects.ts';

/** In bytes, the largest first. */
const SIZES = [2_900_000, 2_200_000, 1_000_000] as const;

export const MIME_POINTS: readonly ProbePoint[] = [
  {
    name: 'the largest MIME in one call',
    capability: 'mimeBytes',
    measure: async ({ graph, folder }) => {
      for (const size of SIZES) {
        const posted = await post(graph, folder, mimeOf(size));
        const { id } = posted.value;
        if (posted.status === 201 && typeof id === 'string') {
          await remove(graph, `/messages/${id}`);
          return { answer: `${size / 1_000_000} MB`, value: size };
        }
        if (posted.status === 429 || posted.status >= 500) return open(posted);
      }
      return { answer: 'less than 1 MB' };
    },
  },
  {
    name: 'attachments in the answer to MIME',
    measure: async ({ graph, folder }) => {
      const posted = await post(graph, folder, mimeOf(1_000));
      const { id, attachments } = posted.value;
      if (posted.status !== 201 || typeof id !== 'string') return open(posted);
      await remove(graph, `/messages/${id}`);
      return { answer: Array.isArray(attachments) && attachments.length > 0 ? 'are given' : 'are not given' };
    },
  },
];

/** Not every mailbox takes MIME into a folder; both ways have the same limit. */
async function post(graph: GraphCaller, folder: string, mime: Buffer): Promise<ProbeAnswer> {
  const posted = await graph.postMime(`/mailFolders/${folder}/messages`, mime);
  return posted.status === 400 ? graph.postMime('/messages', mime) : posted;
}

/** With an attachment, which the answer does not repeat, as it would a body. @param size in bytes */
function mimeOf(size: number): Buffer {
  const boundary = 'probe-graph';
  const head = [
    'Subject: Made by ews-gateway probe-graph',
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: application/octet-stream; name="probe.bin"',
    'Content-Disposition: attachment; filename="probe.bin"',
    'Content-Transfer-Encoding: base64',
    '',
    '',
  ].join('\r\n');
  const tail = `\r\n--${boundary}--\r\n`;
  const line = `${'A'.repeat(76)}\r\n`;
  const lines = Math.floor((size - head.length - tail.length) / line.length);
  return Buffer.from(head + line.repeat(lines) + tail);
}
