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
    this.places.get(name)?.delete(name);
    this.places.delete(name);
  }

  takeNext(): NameState | undefined {
    const [first] = this.clear;
    const next = first ?? this.selectable.highest() ?? this.others.highest();
    if (next !== undefined) this.remove(next);
    return next;
  }
}

/** Names in ascending order of rank; no two have the same. */
class RankedNames {
  private readonly names: NameState[] = [];

  highest(): NameState | undefined {
    return this.names.at(-1);
  }

  add(name: NameState): void {
    this.names.splice(this.placeOf(name), 0, name);
  }

  delete(name: NameState): void {
    const place = this.placeOf(name);
    if (this.names[place] === name) this.names.splice(place, 1);
  }

  /** Index of the first name whose rank is not below. */
  private placeOf({ rank }: NameState): number {
    let low = 0;
    let high = this.names.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.names[middle]?.rank ?? Infinity) < rank) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
