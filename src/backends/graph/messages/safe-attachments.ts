/** Safe Attachments, which shows something in an attachment's place until it has scanned it. */
import type { GraphMessage } from '../properties/graph-property.ts';

const PLACEHOLDER = /^Safe Attachments Scan In Progress/i;

/** Whether one of its placeholders is there; asks for messages with their attachments' names. */
export function isBeingScanned({ attachments }: GraphMessage): boolean {
  return attachments?.some(({ name }) => PLACEHOLDER.test(name ?? '')) === true;
}
