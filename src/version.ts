/** The release, as in package.json, and what it is called in it. */
export const VERSION = '0.1.0';
