/**
 * How large a MIME may be that is posted in one call: in base64 it fits into 4 MB, and above 2.2 MB Graph has been seen
 * to answer with success and do nothing.
 *
 * @see https://github.com/microsoftgraph/microsoft-graph-docs/issues/13979
 */
import type { ProbePoint } from './point.ts';

/** In bytes, the largest first. */
const SIZES = [2_900_000, 2_200_000, 1_000_000] as const;

export const MIME_POINTS: readonly ProbePoint[] = [
  {
    name: 'the largest MIME in one call',
    capability: 'mimeBytes',
    measure: async ({ graph, folder }) => {
      for (const size of SIZES) {
        // Not every mailbox takes MIME into a folder; both ways have the same limit.
        let posted = await graph.postMime(`/mailFolders/${folder}/messages`, mimeOf(size));
        if (posted.status === 400) posted = await graph.postMime('/messages', mimeOf(size));
        const { id } = posted.value;
        if (posted.status === 201 && typeof id === 'string') {
          if ((await graph.call('POST', `/messages/${id}/permanentDelete`)).status !== 204)
            await graph.call('DELETE', `/messages/${id}`);
          return { answer: `${size / 1_000_000} MB`, value: size };
        }
        if (posted.status === 429 || posted.status >= 500) return { answer: `not known (HTTP ${posted.status})` };
      }
      return { answer: 'less than 1 MB' };
    },
  },
];

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
