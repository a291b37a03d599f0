import { limits } from "../shared/limits.ts";
import { withoutInvisible } from "../shared/sanitize.ts";

/** Keeps the start and, longer, the end of what is written, in constant memory. */
export interface OutputKeeper {
  add(data: Buffer): void;
  /** The text, and how many bytes of the whole are not in it. */
  finish(): { text: string; truncatedBytes: number };
}

/** `bytes`: kept at most, a quarter of them from the start. */
export function keepOutput(bytes: number = limits.sandboxOutputBytes): OutputKeeper {
  const headRoom = Math.floor(bytes / 4);
  const tailRoom = bytes - headRoom;
  let head = Buffer.alloc(0);
  let tail: Buffer[] = [];
  let tailBytes = 0;
  let total = 0;
  return {
    add(data) {
      total += data.length;
      const forHead = data.subarray(0, headRoom - head.length);
      if (forHead.length > 0) head = Buffer.concat([head, forHead]);
      // A copy of the end alone: a slice would hold the whole chunk.
      const rest = data.subarray(forHead.length).subarray(-tailRoom);
      if (rest.length === 0) return;
      tail.push(Buffer.from(rest));
      tailBytes += rest.length;
      if (tailBytes > 2 * tailRoom) {
        tail = [Buffer.concat(tail).subarray(-tailRoom)];
        tailBytes = tailRoom;
      }
    },
    finish() {
      const end = Buffer.concat(tail).subarray(-tailRoom);
      const truncatedBytes = total - head.length - end.length;
      if (truncatedBytes === 0) return { text: cleanText(Buffer.concat([head, end]).toString("utf8")), truncatedBytes };
      const gap = `\n[… ${truncatedBytes} bytes left out …]\n`;
      return { text: cleanText(`${head.toString("utf8")}${gap}${end.toString("utf8")}`), truncatedBytes };
    },
  };
}

/** A terminal's commands: colours, movements of the cursor, titles. */
const escapes =
  // oxlint-disable-next-line no-control-regex -- they begin with one
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|[ -/]*[0-~])/g;

/** As a person would see the text: without a terminal's commands; of a line that was overwritten the last state. */
function cleanText(text: string): string {
  const plain = text.replace(escapes, "").replaceAll("\r\n", "\n");
  const lines = plain.split("\n").map((line) => line.slice(line.lastIndexOf("\r", line.length - 2) + 1));
  return withoutInvisible(withoutRepetition(lines).join("\n"));
}

/** Of many equal lines in a row one, and their number. */
function withoutRepetition(lines: string[]): string[] {
  const kept: string[] = [];
  for (let start = 0, end = 0; start < lines.length; start = end) {
    while (end < lines.length && lines[end] === lines[start]) end++;
    const same = lines.slice(start, end);
    kept.push(
      ...(same.length < repeated ? same : [same[0] ?? "", `[… the same line ${same.length - 1} more times …]`]),
    );
  }
  return kept;
}

const repeated = 5;
