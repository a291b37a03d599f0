import { describe, expect, it } from "vitest";
import { terminalProgress } from "../../../src/commands/progress.ts";

describe("progress on a terminal", () => {
  it("tells how many there are, and the rate and what is left once that can be told", () => {
    const { lines, stream, clock } = terminal();
    const show = terminalProgress(stream, () => clock.ms);

    show("reading files", 0, 300);
    clock.ms = 1_000;
    show("reading files", 50, 300);
    clock.ms = 4_000;
    show("reading files", 200, 300);

    expect(lines).toEqual([
      "reading files 0/300 …",
      "reading files 50/300 …",
      "reading files 200/300 (50/s, 2 s left) …",
    ]);
  });

  it("begins anew with the next step, and counts slow work in seconds", () => {
    const { lines, stream, clock } = terminal();
    const show = terminalProgress(stream, () => clock.ms);

    show("reading files", 300, 300);
    clock.ms = 60_000;
    show("reading parts", 1, 9);
    clock.ms = 90_000;
    show("reading parts", 4, 9);
    show("");

    expect(lines.slice(1)).toEqual(["reading parts 1/9 …", "reading parts 4/9 (10 s each, 50 s left) …", ""]);
  });

  it("writes nothing into a file or a pipe", () => {
    const { lines, stream } = terminal(false);

    terminalProgress(stream)("reading files", 1, 2);

    expect(lines).toEqual([]);
  });
});

function terminal(isTTY = true) {
  const lines: string[] = [];
  const write = (text: string) => lines.push(text.replace("\r\u001b[2K", "")) > 0;
  const stream = { isTTY, columns: 80, write } as unknown as NodeJS.WriteStream;
  return { lines, stream, clock: { ms: 0 } };
}
