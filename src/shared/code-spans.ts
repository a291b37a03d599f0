/** A piece of Markdown: code, or what is between. */
export interface Part {
  code: boolean;
  text: string;
}

/**
 * Code spans and what is between them, in order. A span ends at the next run of as many backticks, and not behind a blank
 * line. No regular expression finds that in time that grows with the text alone.
 */
export function codeSpanParts(text: string): Part[] {
  return text.split(/(?<=\n)(?=[ \t]*\n)/).flatMap((paragraph) => {
    const runs = [...paragraph.matchAll(/`+/g)].map(({ index, 0: { length } }) => ({ index, length }));
    const next = nextAlike(runs);
    const parts: Part[] = [];
    let end = 0;
    for (const [number, { index }] of runs.entries()) {
      const closing = runs[next[number] ?? -1];
      if (index < end || closing === undefined) continue;
      const last = closing.index + closing.length;
      parts.push(
        { code: false, text: paragraph.slice(end, index) },
        { code: true, text: paragraph.slice(index, last) },
      );
      end = last;
    }
    return [...parts, { code: false, text: paragraph.slice(end) }];
  });
}

/** For each run the next one of the same length, from the last to the first. */
function nextAlike(runs: readonly { length: number }[]): (number | undefined)[] {
  const seen = new Map<number, number>();
  const next: (number | undefined)[] = Array(runs.length);
  for (let number = runs.length - 1; number >= 0; number -= 1) {
    const { length } = runs[number] as { length: number };
    next[number] = seen.get(length);
    seen.set(length, number);
  }
  return next;
}
