/**
 * What a configuration is checked with that belongs to other modules. config/ is given it and imports
 * none of them; gateway/load-config.ts supplies the real ones.
 */
export interface Validators {
  /** Whether a text is a password hash that can be verified. */
  readonly isPasswordHash: (text: string) => boolean;
  /** The form in which user names are compared. */
  readonly normalUserName: (username: string) => string;
  /** Sets of EWS operations by the name that stands for them. */
  readonly operationPresets: Readonly<Record<string, ReadonlySet<string>>>;
  /** Whether an EWS operation of this name can be granted. */
  readonly isOperation: (name: string) => boolean;
  /** The key in a text, undefined where it is none. */
  readonly parseStoreKey: (text: string) => Buffer | undefined;
  /** The text of the token store's key in a file, which is made where there is none; throws where it cannot be. */
  readonly storeKeyFromFile: (path: string) => string;
}
