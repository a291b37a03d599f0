/** Lines without regard to white space, as often as each occurs; blank lines are none. */
export type LineBag = ReadonlyMap<string, number>;

export function plainLine(line: string): string {
  return line.trim().replace(/\s+/g, " ");
}

export function bagOf(lines: Iterable<string>): Map<string, number> {
  const bag = new Map<string, number>();
  for (const line of lines) {
    const plain = plainLine(line);
    if (plain !== "") bag.set(plain, (bag.get(plain) ?? 0) + 1);
  }
  return bag;
}

/** What both hold. */
export function commonLines(a: LineBag, b: LineBag): Map<string, number> {
  const common = new Map<string, number>();
  for (const [line, count] of a) {
    const both = Math.min(count, b.get(line) ?? 0);
    if (both > 0) common.set(line, both);
  }
  return common;
}

/** What the first holds beyond the second. */
export function linesBeyond(a: LineBag, b: LineBag): Map<string, number> {
  const beyond = new Map<string, number>();
  for (const [line, count] of a) {
    const more = count - (b.get(line) ?? 0);
    if (more > 0) beyond.set(line, more);
  }
  return beyond;
}

export function sizeOfBag(bag: LineBag): number {
  let size = 0;
  for (const count of bag.values()) size += count;
  return size;
}

export function tellingLines(bag: LineBag): number {
  let telling = 0;
  for (const [line, count] of bag) if (isTelling(line)) telling += count;
  return telling;
}

/**
 * Whether a line says anything of its own: two words, and eight characters of words. `} else {` stands everywhere, and what
 * is imported follows from what is used.
 */
export function isTelling(line: string): boolean {
  const words = wordsOf(line);
  return words.length >= 2 && words.join("").length >= 8 && !IMPORT.test(line);
}

const IMPORT =
  /^(import\b|from\s.*\bimport\b|using\s[\w.]+;|use\s[\w:\\]+|#\s*include\b|export\s.*\bfrom\s+['"]|(const|let|var)\s.*\brequire\()/;

export function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}_]+/gu) ?? [];
}
