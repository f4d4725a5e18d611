/** Bodies from one form into the other, as Outlook does it in outline. */
import { bodyOf, type MessageContent } from '../mailbox/types.ts';

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', gt: '>', lt: '<', nbsp: ' ', quot: '"' };

export function textOf(html: string): string {
  return html
    .replaceAll(/<(head|style|script)\b[^>]*>[\s\S]*?<\/\1>/gi, '')
    .replaceAll(/<(?:br|\/p|\/div|\/tr)\b[^>]*>/gi, '\r\n')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}

export function htmlOf(text: string): string {
  const escaped = text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/\r?\n/g, '<br>\r\n');
  const meta = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">';
  return `<html><head>\r\n${meta}</head><body>${escaped}</body></html>`;
}

/** Potentially unsafe HTML is removed, unless a client prefers otherwise [doc message]. */
export function sanitized(html: string): string {
  return html
    .replaceAll(/<script\b[^>]*>[\s\S]*?<\/script>/gi, '')
    .replaceAll(/\son\w+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/gi, '');
}

/** [doc] The first 255 characters, as text. */
export function previewOf(content: MessageContent): string {
  const body = bodyOf(content);
  return (body.type === 'text' ? body.content : textOf(body.content)).trim().slice(0, 255);
}
