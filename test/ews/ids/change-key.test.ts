import t from 'tap';
import { readChangeKey, writeChangeKey } from '../../../src/ews/ids/change-key.ts';

/** Public samples of a message and of a non-delivery report. */
const MESSAGE = 'CQAAABYAAABUGpQQZwqURZb0pqd+SpczAAJQdXxM';
const REPORT = 'FwAAABYAAAC4ofQHEIqCSbQPot83AFcbAAAW/0tB';

t.test('a ChangeKey names the type and the version', async (t) => {
  const message = readChangeKey(MESSAGE);
  t.same(message, { type: 9, change: { replica: '541a9410670a944596f4a6a77e4a9733', counter: 0x0002_5075_7c4c } });
  t.equal(readChangeKey(REPORT)?.type, 23);
  t.equal(message === undefined ? '' : writeChangeKey('message', message.change), MESSAGE);
  t.match(writeChangeKey('folder', { replica: '00'.repeat(16), counter: 1 }), /^AQAAABYAAAAAAAA/);
});

t.test('anything else is refused', async (t) => {
  t.equal(readChangeKey('CQAAABYAAAA='), undefined, 'no version');
  t.equal(readChangeKey(MESSAGE.replace('BY', 'BU')), undefined, 'another length');
  t.equal(readChangeKey(`${MESSAGE}AAAA`), undefined);
  t.equal(readChangeKey(''), undefined);
});
