/** Numbers token hashes 0, 1, 2, … in the order of their first appearance. */
export interface TokenTable {
  /** The hash's number; a new one if it has none. */
  intern(hash: number): number;
  /** The hash's number, or -1. */
  find(hash: number): number;
  size(): number;
  /** All hashes in the order of their numbers. */
  hashes(): Uint32Array;
}

const free = 0xffffffff;

/**
 * Open addressing with linear probing. A Map does the same with five times the memory, and building it is what opening
 * an engram would spend its time on.
 */
export function createTokenTable(): TokenTable {
  let size = 0;
  let mask = 1023;
  let hashes = new Uint32Array(mask + 1);
  let numbers = new Uint32Array(mask + 1).fill(free);

  function slotOf(hash: number): number {
    let slot = (hash ^ (hash >>> 15)) & mask;
    while (numbers[slot] !== free && hashes[slot] !== hash) slot = (slot + 1) & mask;
    return slot;
  }

  function grow(): void {
    const [oldHashes, oldNumbers] = [hashes, numbers];
    mask = 2 * mask + 1;
    hashes = new Uint32Array(mask + 1);
    numbers = new Uint32Array(mask + 1).fill(free);
    for (let old = 0; old < oldHashes.length; old++) {
      if (oldNumbers[old] === free) continue;
      const slot = slotOf(oldHashes[old] as number);
      hashes[slot] = oldHashes[old] as number;
      numbers[slot] = oldNumbers[old] as number;
    }
  }

  return {
    intern(hash) {
      const slot = slotOf(hash);
      if (numbers[slot] !== free) return numbers[slot] as number;
      hashes[slot] = hash;
      numbers[slot] = size++;
      if (2 * size > mask) grow();
      return size - 1;
    },
    find(hash) {
      const number = numbers[slotOf(hash)] as number;
      return number === free ? -1 : number;
    },
    size: () => size,
    hashes() {
      const inOrder = new Uint32Array(size);
      for (let slot = 0; slot < hashes.length; slot++) {
        if (numbers[slot] !== free) inOrder[numbers[slot] as number] = hashes[slot] as number;
      }
      return inOrder;
    },
  };
}
