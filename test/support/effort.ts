/** How much is tried: npm test keeps to a sample, npm run test:long tries everything. */
const { TEST_EFFORT } = process.env;

/** Whether everything is to be tried, however long that takes. */
export const THOROUGH = TEST_EFFORT === 'thorough';

/** For the option `skip` of a test that takes long by nature. */
export const LONG_ONLY: string | false = THOROUGH ? false : 'runs by npm run test:long';

/** Runs of a property test: all of them, or a tenth. */
export function runs(thorough: number): number {
  return THOROUGH ? thorough : Math.ceil(thorough / 10);
}

/** All of a table, or every fourth row. */
export function sample<Row>(rows: readonly Row[]): readonly Row[] {
  return THOROUGH ? rows : rows.filter((_, index) => index % 4 === 0);
}
