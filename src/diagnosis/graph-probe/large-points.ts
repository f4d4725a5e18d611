/** Whether the MIME of a message is given out that is larger than any single call may be. */
import { open, type ProbePoint } from './point.ts';

/** Bytes of a piece of an upload: a multiple of 320 KiB below 4 MB. */
const PIECE = 12 * 320 * 1024;

/** @param size of the attachment that the message gets, in bytes */
export function largePoint(size: number): ProbePoint {
  const megabytes = (bytes: number): string => `${Math.round(bytes / 1_000_000)} MB`;
  return {
    name: `MIME of a message of ${megabytes(size)}`,
    measure: async ({ graph, draft }) => {
      const id = await draft();
      const body = { AttachmentItem: { attachmentType: 'file', name: 'probe.bin', size } };
      const session = await graph.call('POST', `/messages/${id}/attachments/createUploadSession`, body);
      const { uploadUrl } = session.value;
      if (session.status !== 201 || typeof uploadUrl !== 'string') return open(session);
      for (let start = 0; start < size; start += PIECE) {
        const piece = Buffer.alloc(Math.min(PIECE, size - start), 'probe');
        const put = await graph.upload(uploadUrl, piece, { start, size });
        if (put.status !== 200 && put.status !== 201) return open(put);
      }
      const { status, bytes } = await graph.sizeOf(`/messages/${id}/$value`);
      if (status !== 200) return { answer: `is not given out (HTTP ${status})` };
      return { answer: bytes > size ? 'is given out' : `breaks off after ${megabytes(bytes)}` };
    },
  };
}
