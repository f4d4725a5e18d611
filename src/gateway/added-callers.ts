/** Adds and removes callers in the file that the configuration loader reads beside the configuration. */
import { normalName } from '../callers/user-name.ts';
import { parseAddedCallers, problemsOf, textOf } from '../config/added-callers.ts';
import { ConfigError } from '../config/problems.ts';
import type { AddedCaller, Config } from '../config/types.ts';
import { codeOf } from '../errors.ts';
import { writeAtomically } from '../state/atomic-file.ts';
import { VALIDATORS } from './load-config.ts';

/**
 * Adds a caller.
 *
 * @param config the configuration in force
 * @returns why not, in a sentence; undefined where it was added, to take effect with the next reload
 */
export function addCaller(config: Config, entry: AddedCaller): string | undefined {
  const name = normalName(entry.username);
  // The others would not know of it: each reads its own configuration.
  if (config.sharedState !== undefined)
    return 'Several gateways share their state: add the caller to the configuration of all of them.';
  if (config.callers.some((caller) => caller.added !== true && normalName(caller.username) === name))
    return `${entry.username} stands in ${config.file} already.`;
  return change(config, (entries) =>
    entries.some(({ username }) => normalName(username) === name)
      ? `${entry.username} was added already.`
      : [...entries, entry],
  );
}

/** Removes a caller that was added. @returns as {@link addCaller} */
export function removeCaller(config: Config, username: string): string | undefined {
  const name = normalName(username);
  return change(config, (entries) => {
    const kept = entries.filter((entry) => normalName(entry.username) !== name);
    return kept.length === entries.length ? `${username} was not added on this page.` : kept;
  });
}

function change(
  { addedCallers: { file }, registrations }: Config,
  next: (entries: readonly AddedCaller[]) => readonly AddedCaller[] | string,
): string | undefined {
  const parse = (text: string | undefined): readonly AddedCaller[] =>
    parseAddedCallers(file, text, [...registrations.keys()], VALIDATORS).entries;
  let entries: readonly AddedCaller[];
  try {
    entries = parse(textOf(file));
  } catch (error) {
    return `The gateway does not write to ${file}, since it is not usable: ${problemsOf(error)}.`;
  }
  const changed = next(entries);
  if (typeof changed === 'string') return changed;
  const text = `${JSON.stringify({ version: 1, callers: changed }, null, 2)}\n`;
  try {
    parse(text);
    writeAtomically(file, text);
  } catch (error) {
    if (error instanceof ConfigError) return withoutPlaces(error);
    return `${file} cannot be written (${codeOf(error)}): the gateway's account needs the right to write there.`;
  }
  return undefined;
}

/** What is wrong with an entry that does not stand in the file yet. */
function withoutPlaces({ problems }: ConfigError): string {
  const texts = problems.map((problem) => /:\d+:\d+: (?:callers\[\d+\]\.?)?([^\n]*)/.exec(problem)?.[1] ?? problem);
  return `${texts.join('; ')}.`;
}
