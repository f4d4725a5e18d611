/** Which operations are sent a second time where the first gave no answer. */
import t from 'tap';
import { GRANTABLE, onlyReads } from '../../src/ews/operations.ts';

/** They take events, make a token, or make a search that lasts. */
const NOT_TWICE = new Set(['GetEvents', 'GetStreamingEvents', 'GetClientAccessToken', 'SearchMailboxes']);
const READS = /^(Get|Find|Sync|Resolve|Search)|^ConvertId$/;

t.test(
  'all that have the name of a reading, but for those that do more, and none that changes something',
  async (t) => {
    const names = [...GRANTABLE];
    t.same(
      names.filter(onlyReads),
      names.filter((name) => READS.test(name) && !NOT_TWICE.has(name)),
    );
    t.ok(names.length > 50);
  },
);
