/** When the gateway was not there, and what that excuses. */

/** `kill`: nothing is finished. `restart`: what is under way is answered first. */
export type End = 'kill' | 'restart';

/** What an end of the gateway may have done to a request: `drained` has to be answered all the same. */
export type Effect = 'none' | 'drained' | 'lost';

export class Outages {
  readonly #past: { readonly end: End; readonly begun: number; over: number }[] = [];

  async during(end: End, act: () => Promise<void>): Promise<void> {
    const outage = { end, begun: performance.now(), over: Number.POSITIVE_INFINITY };
    this.#past.push(outage);
    await act().finally(() => (outage.over = performance.now()));
  }

  count(end: End): number {
    return this.#past.filter((outage) => outage.end === end).length;
  }

  /**
   * What ends of the gateway did to a request that is over now.
   *
   * @param begun by performance.now()
   * @param isUnderWay whether the gateway made a call for it: it had read the request, and knew it
   */
  since(begun: number, isUnderWay: boolean): Effect {
    const touching = this.#past.filter(({ over }) => over >= begun);
    if (touching.length === 0) return 'none';
    // A request that finds nobody to talk to is lost at a restart, too.
    if (!isUnderWay || touching.some(({ end }) => end === 'kill')) return 'lost';
    return touching.some((outage) => outage.begun >= begun) ? 'drained' : 'none';
  }
}
