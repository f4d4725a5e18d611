/** Bodies as both services show them. */
import { htmlToText } from '../../ews/html-text.ts';
import { bodyOf, type MessageContent } from './types.ts';

/** Potentially unsafe HTML is removed, unless a client prefers otherwise [doc message]. */
export function sanitized(html: string): string {
  return html
    .replaceAll(/<script\b[^>]*>[\s\S]*?<\/script>/gi, '')
    .replaceAll(/\son\w+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/gi, '');
}

/** [doc] The first 255 characters, as text. */
export function previewOf(content: MessageContent): string {
  const body = bodyOf(content);
  return (body.type === 'text' ? body.content : htmlToText(body.content)).trim().slice(0, 255);
}
