import { describe, expect, it } from "vitest";
import type { WordingCase } from "../../../src/qualification/cases/case.ts";
import { wordingCases } from "../../../src/qualification/cases/wording.ts";
import { faultOf } from "../../../src/qualification/faithful.ts";

function known(id: string): WordingCase {
  const found = wordingCases.find((entry) => entry.id === `wording-${id}`);
  if (!found) throw new Error(`no case ${id}`);
  return found;
}

describe("a sentence about facts", () => {
  it("is faithful in other words than theirs", () => {
    const sentences: [string, string][] = [
      [
        "gone-parse-money",
        "The call in src/refund/form.ts still needs parseMoney, whose definition is taken out here.",
      ],
      ["copy-tax", "The same old lines are left in src/quote/tax.ts and may need this change as well."],
      ["companion-schema", "Most commits to schema.ts also touch docs/api.md, which this one does not."],
      ["signature-send", "sendMail now takes 3 arguments, but the call in confirm.ts passes 2."],
    ];
    for (const [id, sentence] of sentences) expect(faultOf(sentence, known(id)), sentence).toBeNull();
  });

  it("is not where it contradicts them", () => {
    const sentences: [string, string][] = [
      ["gone-parse-money", "The function parseMoney is no longer used in src/refund/form.ts at all."],
      ["gone-parse-money", "In src/refund/form.ts the function parseMoney is unused now."],
      ["gone-parse-money", "Here parseMoney was removed from `src/refund/form.ts`, which others use."],
      ["companion-schema", "In 17 of 14 commits schema.ts and docs/api.md changed together."],
      ["signature-send", "sendMail now takes 2 arguments, so the call in confirm.ts does not fit."],
    ];
    for (const [id, sentence] of sentences) expect(faultOf(sentence, known(id)), sentence).toMatch(/^it says "/);
  });

  it("is not where it leaves out what it is about", () => {
    expect(faultOf("A function that is still used somewhere is missing now.", known("gone-parse-money"))).toBe(
      "it does not mention parseMoney",
    );
    expect(faultOf("The function parseMoney is still used in another file.", known("gone-parse-money"))).toBe(
      "it does not mention src/refund/form.ts",
    );
  });

  it("is not where it only copies, whatever stands around it", () => {
    const { title, body } = known("gone-parse-money");
    for (const copy of [title, body.split(". ")[0] ?? "", `${title}!`, `Note: ${title}`]) {
      expect(faultOf(copy, known("gone-parse-money")), copy).toBe("it copies the facts");
    }
  });

  it("is none in three words", () => {
    expect(faultOf("form.ts still uses parseMoney", known("gone-parse-money"))).toBeNull();
    expect(faultOf("parseMoney: form.ts", known("gone-parse-money"))).toBe("it is no sentence");
  });
});
