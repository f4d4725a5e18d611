/**
 * Which messages of a folder a client knows. Graph's change tracking does not tell a new message from a
 * changed one, and tells of the removal of messages that came and went between two rounds; clients need to know.
 *
 * A message's id holds a counter that rises with each object of a replica, also when a message is moved or copied
 * (MS-OXCEXT 2.2.6.1). So the latest counters are kept one by one, and all below the least of them count as told.
 * That counters rise is observed and not documented: a message that was created later than any that was told is new
 * whatever its counter says.
 *
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcext/
 */
import { toEwsAlphabet } from '../../../ews/ids/alphabet.ts';
import { parseId } from '../../../ews/ids/item-id.ts';
import type { LongTermId } from '../../../ews/ids/entry-id.ts';

/** Counters kept one by one, of each replica. */
const RECENT = 128;
/** A mailbox gets another replica when it is moved to another database. */
const REPLICAS = 8;

interface Replica {
  /** All counters up to this one count as told. */
  floor: number;
  /** Those above it that were told, rising. */
  recent: number[];
}

/** For JSON: the newest creation; for each replica its GUID, the floor, and the steps from counter to counter. */
export type PackedItems = readonly [newest: string, ...(readonly [replica: string, floor: number, ...number[]])[]];

/** Ids are Graph's. */
export class KnownItems {
  readonly #replicas = new Map<string, Replica>();
  /** createdDateTime of the newest, as Graph writes it: its texts sort as their times do. */
  #newest = '';

  static unpack([newest, ...replicas]: PackedItems): KnownItems {
    const items = new KnownItems();
    items.#newest = newest;
    for (const [name, floor, ...steps] of replicas) {
      let counter = floor;
      items.#replicas.set(name, { floor, recent: steps.map((step) => (counter += step)) });
    }
    return items;
  }

  pack(): PackedItems {
    return [
      this.#newest,
      ...[...this.#replicas].map(([name, { floor, recent }]): readonly [string, number, ...number[]] => [
        name,
        floor,
        ...recent.map((counter, index) => counter - (recent[index - 1] ?? floor)),
      ]),
    ];
  }

  /** Whether the message was reported to the client lately, which is known for certain. */
  hasRecent(id: string): boolean {
    const key = keyOf(id);
    return key !== undefined && (this.#replicas.get(key.replica)?.recent.includes(key.counter) ?? false);
  }

  /** @param created createdDateTime, where it is known */
  has(id: string, created?: string | null): boolean {
    const key = keyOf(id);
    const replica = key === undefined ? undefined : this.#replicas.get(key.replica);
    if (key === undefined || replica === undefined) return false;
    if (key.counter > replica.floor) return replica.recent.includes(key.counter);
    return typeof created !== 'string' || created <= this.#newest;
  }

  add(id: string, created?: string | null): void {
    if (typeof created === 'string' && created > this.#newest) this.#newest = created;
    const key = keyOf(id);
    if (key === undefined) return;
    const replica = this.#replicaOf(key.replica);
    const { recent } = replica;
    if (key.counter <= replica.floor || recent.includes(key.counter)) return;
    const after = recent.findIndex((counter) => counter > key.counter);
    recent.splice(after === -1 ? recent.length : after, 0, key.counter);
    if (recent.length > RECENT) replica.floor = recent.shift() ?? replica.floor;
  }

  delete(id: string): void {
    const key = keyOf(id);
    const replica = key === undefined ? undefined : this.#replicas.get(key.replica);
    if (key !== undefined && replica !== undefined)
      replica.recent = replica.recent.filter((counter) => counter !== key.counter);
  }

  #replicaOf(name: string): Replica {
    let replica = this.#replicas.get(name);
    if (replica === undefined) this.#replicas.set(name, (replica = { floor: 0, recent: [] }));
    const [eldest] = this.#replicas.keys();
    if (this.#replicas.size > REPLICAS && eldest !== undefined) this.#replicas.delete(eldest);
    return replica;
  }
}

/** Undefined where the id has another form: such a message is never taken for one that was told. */
function keyOf(id: string): LongTermId | undefined {
  const parsed = parseId(toEwsAlphabet(id));
  return parsed?.kind === 'item' ? parsed.message : undefined;
}
