/** Loads a configuration, checked against what callers, operations and the token store really take. */
import { parsePasswordHash } from '../callers/password-hash.ts';
import { normalName } from '../callers/user-name.ts';
import { readConfig } from '../config/load.ts';
import { ConfigError } from '../config/problems.ts';
import type { LoadOptions } from '../config/sources.ts';
import type { Config } from '../config/types.ts';
import type { Validators } from '../config/validators.ts';
import { GRANTABLE, OPERATION_PRESETS } from '../ews/operations.ts';
import { keyFromFile, parseStoreKey } from '../state/token-store.ts';

/** The real ones. */
export const VALIDATORS: Validators = {
  isPasswordHash: (text) => parsePasswordHash(text) !== undefined,
  normalUserName: normalName,
  operationPresets: OPERATION_PRESETS,
  isOperation: (name) => GRANTABLE.has(name),
  parseStoreKey,
  storeKeyFromFile: keyFromFile,
};

/**
 * @param file path of the YAML (or JSON) file; paths in it are relative to it
 * @throws ConfigError naming file, line and column of everything that is wrong
 */
export function loadConfig(file: string, options: LoadOptions = {}): Config {
  return readConfig(file, VALIDATORS, options);
}

/** As {@link loadConfig}, with what is wrong as a result: a line for each problem. */
export function tryLoadConfig(file: string, options: LoadOptions = {}): Config | { readonly problems: string[] } {
  try {
    return loadConfig(file, options);
  } catch (error) {
    return { problems: error instanceof ConfigError ? [...error.problems] : [String(error)] };
  }
}
