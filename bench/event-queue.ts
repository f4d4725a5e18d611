/** Events in the order of their time: a binary heap. */
export class EventQueue {
  readonly #heap: { readonly time: number; readonly run: () => void }[] = [];
  /** The time of the event that runs, in milliseconds. */
  now = 0;

  /** @param delay milliseconds from now */
  after(delay: number, run: () => void): void {
    const heap = this.#heap;
    const event = { time: this.now + delay, run };
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || above.time <= event.time) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
  }

  /** Runs what is due until a time. */
  runUntil(end: number): void {
    for (let [first] = this.#heap; first !== undefined && first.time <= end; [first] = this.#heap) {
      this.#removeFirst();
      this.now = first.time;
      first.run();
    }
    this.now = end;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (left === undefined) break;
      if (right !== undefined && right.time < left.time) child++;
      const smaller = heap[child];
      if (smaller === undefined || smaller.time >= last.time) break;
      heap[index] = smaller;
      index = child;
    }
    heap[index] = last;
  }
}
