export interface TakenCode {
  code: string;
  /** The word behind the fence, lower-cased; null where there is none. */
  tag: string | null;
  /** What stands around the code, on one line. */
  remark: string | null;
  /** The fence was never closed. */
  open: boolean;
}

/**
 * The code of an answer: the longest fenced block, or the whole text where there is no fence. A block that is not closed goes
 * to the end. Null where there is no code.
 */
export function takeCode(answer: string): TakenCode | null {
  const blocks = fencedBlocks(answer);
  const [first] = blocks.toSorted((a, b) => b.code.length - a.code.length);
  if (first === undefined) {
    const code = answer.trim();
    return code === "" ? null : { code: `${code}\n`, tag: null, remark: null, open: false };
  }
  if (first.code.trim() === "") return null;
  const { start, end, ...taken } = first;
  const around = `${answer.slice(0, start)} ${answer.slice(end)}`.replace(/\s+/g, " ").trim();
  return { ...taken, remark: around === "" ? null : around };
}

interface FencedBlock extends Omit<TakenCode, "remark"> {
  start: number;
  end: number;
}

function fencedBlocks(answer: string): FencedBlock[] {
  const blocks: FencedBlock[] = [];
  let opened: { mark: string; tag: string | null; start: number; from: number } | null = null;
  let at = 0;
  for (const line of answer.split(/(?<=\n)/)) {
    const [, mark = "", word = ""] = /^\s{0,3}(`{3,}|~{3,})\s*([^\s`]*)/.exec(line) ?? [];
    const end = at + line.length;
    if (opened === null && mark !== "") {
      opened = { mark, tag: word === "" ? null : word.toLowerCase(), start: at, from: end };
    } else if (opened !== null && mark.startsWith(opened.mark) && word === "") {
      blocks.push(block(answer.slice(opened.from, at), opened, end, false));
      opened = null;
    }
    at = end;
  }
  if (opened !== null) blocks.push(block(answer.slice(opened.from), opened, answer.length, true));
  return blocks;
}

function block(
  code: string,
  { tag, start }: { tag: string | null; start: number },
  end: number,
  open: boolean,
): FencedBlock {
  return { code: `${code.replace(/\s+$/, "")}\n`, tag, start, end, open };
}
