/**
 * User configurations: named objects of programs that lie in a folder.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/userconfiguration
 */
import { child, children, textAt, type EwsElement } from '../../ews/element.ts';
import { ResponseError } from '../../ews/response-messages.ts';
import { element, xml, type XmlFragment } from '../../ews/xml.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import type { Folder } from '../mailbox/types.ts';
import { folderOf } from './ids.ts';
import { NOT_FOUND, type OperationContext } from './operation.ts';

export interface UserConfiguration {
  /** `t:DictionaryEntry` elements, undefined where none was set; the others are base64. */
  readonly dictionary: readonly EwsElement[] | undefined;
  readonly xmlData: string | undefined;
  readonly binaryData: string | undefined;
}

/** A configuration's place, which `t:UserConfigurationName` names. */
interface Place {
  readonly folder: Folder;
  readonly name: string;
  /** Those of the folder. */
  readonly all: Map<string, UserConfiguration>;
}

const byMailbox = new WeakMap<Mailbox, Map<string, Map<string, UserConfiguration>>>();

/** @param nameElement the UserConfigurationName @throws ResponseError where the folder or the name is none */
export function placeOf(context: OperationContext, nameElement: EwsElement | undefined): Place {
  const folder = folderOf(context, children(nameElement)[0]);
  const name = nameElement?.attributes.get('Name') ?? '';
  if (!/^[A-Za-z0-9.]{1,236}$/.test(name) || name.startsWith('IPM.Configuration'))
    throw new ResponseError('ErrorInvalidValueForProperty', 'The name of the user configuration is not valid.');
  const { mailbox } = context;
  const folders = byMailbox.get(mailbox) ?? new Map<string, Map<string, UserConfiguration>>();
  byMailbox.set(mailbox, folders);
  const all = folders.get(folder.id) ?? new Map<string, UserConfiguration>();
  folders.set(folder.id, all);
  return { folder, name, all };
}

/** @throws ResponseError ErrorItemNotFound */
export function found({ name, all }: Place): UserConfiguration {
  const configuration = all.get(name);
  if (configuration === undefined) throw new ResponseError('ErrorItemNotFound', NOT_FOUND);
  return configuration;
}

/** What a `m:UserConfiguration` sets. */
export function configurationIn(given: EwsElement | undefined): UserConfiguration {
  const dictionary = child(given, 'Dictionary');
  return {
    dictionary: dictionary === undefined ? undefined : children(dictionary, 'DictionaryEntry'),
    xmlData: textAt(given, 'XmlData'),
    binaryData: textAt(given, 'BinaryData'),
  };
}

/** `m:UserConfiguration`. @param wanted words of UserConfigurationProperties */
export function configurationElement(
  { folder, name }: Place,
  { dictionary, xmlData, binaryData }: UserConfiguration,
  wanted: ReadonlySet<string>,
): XmlFragment {
  const asked = (property: string): boolean => wanted.has('All') || wanted.has(property);
  const folderId = xml`<t:FolderId Id="${folder.id}" ChangeKey="${folder.changeKey}"/>`;
  return xml`<m:UserConfiguration><t:UserConfigurationName Name="${name}">${folderId}</t:UserConfigurationName>
    ${asked('Dictionary') && dictionary ? element('Dictionary', dictionary.map(entryElement)) : undefined}
    ${asked('XmlData') && xmlData !== undefined ? element('XmlData', xmlData) : undefined}
    ${asked('BinaryData') && binaryData !== undefined ? element('BinaryData', binaryData) : undefined}
    </m:UserConfiguration>`;
}

function entryElement(entry: EwsElement): XmlFragment {
  const [key, value] = ['DictionaryKey', 'DictionaryValue'].map((name) => element(name, objectOf(child(entry, name))));
  return element('DictionaryEntry', [key, value]);
}

const TRUTHS: Readonly<Record<string, string>> = { 1: 'true', 0: 'false' };

function objectOf(object: EwsElement | undefined): readonly XmlFragment[] {
  const type = textAt(object, 'Type') ?? 'String';
  const written = (text: string): string => (type === 'Boolean' ? (TRUTHS[text.trim()] ?? text) : text);
  return [element('Type', type), ...children(object, 'Value').map(({ text }) => element('Value', written(text)))];
}
