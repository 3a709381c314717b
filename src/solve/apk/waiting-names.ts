import type { NameState } from './state.ts';

/**
 * Names that wait for a decision, in three queues: those that are clear come first and in the order in which they became
 * so, then those with a candidate that may be selected, then the rest; in the latter two by rank, the highest first.
 */
export class WaitingNames {
  private readonly clear: Set<NameState> = new Set();
  private readonly selectable: RankedNames = new RankedNames();
  private readonly others: RankedNames = new RankedNames();
  private readonly places = new Map<NameState, Set<NameState> | RankedNames>();

  has(name: NameState): boolean {
    return this.places.has(name);
  }

  isClear(name: NameState): boolean {
    return this.places.get(name) === this.clear;
  }

  add(name: NameState, isClear: boolean): void {
    const place = isClear ? this.clear : name.hasSelectable ? this.selectable : this.others;
    this.places.set(name, place);
    place.add(name);
  }

  remove(name: NameState): void {
    this.clear.delete(name);
    this.places.delete(name);
  }

  takeNext(): NameState | undefined {
    const [first] = this.clear;
    const next = first ?? this.takeFrom(this.selectable) ?? this.takeFrom(this.others);
    if (next !== undefined) this.remove(next);
    return next;
  }

  /** Names that went elsewhere or were removed are still in the queue, and passed over. */
  private takeFrom(queue: RankedNames): NameState | undefined {
    for (;;) {
      const name = queue.takeHighest();
      if (name === undefined || this.places.get(name) === queue) return name;
    }
  }
}

/** A binary heap of names, the highest rank on top. A name may be in it twice. */
class RankedNames {
  private readonly heap: NameState[] = [];

  add(name: NameState): void {
    const { heap } = this;
    let place = heap.push(name) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.rank >= name.rank) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = name;
  }

  takeHighest(): NameState | undefined {
    const { heap } = this;
    const [highest] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return highest;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      const child = b !== undefined && b.rank > (a?.rank ?? -1) ? b : a;
      if (child === undefined || child.rank <= last.rank) break;
      heap[place] = child;
      place = child === b ? left + 1 : left;
    }
    heap[place] = last;
    return highest;
  }
}
