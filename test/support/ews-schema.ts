/** Holds what the gateway writes against the published schemas of EWS. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validateXML } from 'xmllint-wasm';
import { answerEnvelope, responseMessageList } from '../../src/ews/envelope.ts';
import { successMessage } from '../../src/ews/response-messages.ts';
import { trustedMarkup } from '../../src/ews/xml.ts';
import { EWS_MESSAGES, EWS_TYPES } from '../../src/soap/namespaces.ts';
import { SCHEMAS } from './stack.ts';

/** One of Microsoft's schemas, or W3C's xml.xsd, which types.xsd imports. */
export function schemaText(name: string): string {
  const folder = name === 'xml.xsd' ? join(import.meta.dirname, '../fixtures/schemas') : SCHEMAS;
  return readFileSync(join(folder, name), 'utf8');
}

/** The Body's child of an answer with these items, folders or attachments. */
export function answerWith(operation: 'GetItem' | 'GetFolder' | 'GetAttachment', parts: readonly string[]): string {
  const name = { GetItem: 'Items', GetFolder: 'Folders', GetAttachment: 'Attachments' }[operation];
  const content = trustedMarkup(`<m:${name}>${parts.join('')}</m:${name}>`);
  const { prefix, suffix } = answerEnvelope(operation);
  const answer = `${prefix}${responseMessageList([successMessage(operation, content)])}${suffix}`;
  return answer.slice(answer.indexOf('<m:'), answer.indexOf('</s:Body>'));
}

/** What xmllint says is wrong with documents whose root is in messages.xsd; each begins with the document's index. */
export async function schemaErrors(documents: readonly string[]): Promise<readonly string[]> {
  const { errors } = await validateXML({
    xml: documents.map((contents, index) => ({ fileName: `${index}.xml`, contents })),
    schema: [{ fileName: 'messages.xsd', contents: schemaText('messages.xsd') }],
    preload: ['types.xsd', 'xml.xsd'].map((fileName) => ({ fileName, contents: schemaText(fileName) })),
    initialMemoryPages: 1024,
    maxMemoryPages: 4096,
  });
  return errors.map(({ rawMessage }) => rawMessage);
}

/** Of elements of the types namespace, for a parser that needs the prefixes. */
export function document(markup: string): string {
  return `<m:r xmlns:m="${EWS_MESSAGES}" xmlns:t="${EWS_TYPES}">${markup}</m:r>`;
}
