/** Reads a command's options and says clearly what is wrong with them. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { errorText } from '../errors.ts';
import { count } from '../quantity.ts';
import { UsageError } from './command.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** @throws UsageError for unknown options and missing values */
export function readOptions<T extends Options>(
  args: readonly string[],
  options: T,
): ReturnType<typeof parseArgs<{ options: T }>>['values'] {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(errorText(error));
  }
}

/**
 * As {@link readOptions}, for commands that take arguments besides options.
 *
 * @param most how many arguments there may be
 */
export function readArguments<T extends Options>(
  args: readonly string[],
  options: T,
  most: number,
): Pick<ReturnType<typeof parseArgs<{ options: T; allowPositionals: true }>>, 'values' | 'positionals'> {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
    if (positionals.length > most)
      throw new Error(`At most ${count(most, 'argument')}: "${positionals[most]}" is too many.`);
    return { values, positionals };
  } catch (error) {
    throw new UsageError(errorText(error));
  }
}
