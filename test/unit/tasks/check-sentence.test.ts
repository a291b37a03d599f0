import { describe, expect, it } from "vitest";
import { checkSentence } from "../../../src/tasks/check-sentence.ts";

const material =
  "BEGIN src/orders/list.ts\nL31 +const offset = (page - 1) * pageSize;\nsrc/report.ts still has page * pageSize";

describe("checkSentence", () => {
  it("lets a sentence pass whose names and numbers stand in the material", () => {
    expect(checkSentence("L31 uses pageSize, src/report.ts does not subtract 1.", material)).toBeNull();
  });

  it.each([
    ["an invented identifier", "parseDate is called twice.", "parseDate"],
    ["an invented number", "The change moves 17 lines.", "17"],
    ["an invented file name", "See order_list.py.", "order_list"],
  ])("keeps back %s", (_, sentence, token) => {
    expect(checkSentence(sentence, material)).toContain(token);
  });

  it("keeps back an empty sentence", () => {
    expect(checkSentence("  ", material)).toBe("it says nothing");
  });
});
