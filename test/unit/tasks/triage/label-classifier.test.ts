import { describe, expect, it } from "vitest";
import { trainLabelClassifier } from "../../../../src/tasks/triage/label-classifier.ts";
import { tracked } from "../../retrieval/tracked.ts";

const things = ["cart", "coupon", "invoice", "theme", "menu", "banner", "login", "export", "search", "mail"];

/** Issues about anything; those that say "slowly" are labelled so, and a few have a label that says nothing. */
function past(count: number) {
  return Array.from({ length: count }, (_, at) => {
    const isSlow = at % 3 === 0;
    const thing = things[(at * 7) % things.length];
    const title = `The ${thing} ${isSlow ? "opens slowly" : "does not open"} on page ${at}`;
    return tracked(at + 1, { title, labels: [isSlow ? "Performance" : "bug", ...(at < 10 ? ["rare"] : [])] });
  });
}

describe("a label classifier", () => {
  it("knows a label by a word that few neighbours share, and nothing of one that is rare or that all have", async () => {
    const classifier = await trainLabelClassifier(past(90));
    const slow = classifier.likelihoods({ title: "The wishlist opens slowly", body: "" });
    const broken = classifier.likelihoods({ title: "The wishlist does not open", body: "" });

    expect([...slow.keys()].sort()).toEqual(["bug", "performance"]);
    expect(slow.get("performance")).toBeGreaterThan(0.7);
    expect(slow.get("bug")).toBeLessThan(0.3);
    expect(broken.get("performance")).toBeLessThan(0.3);
    expect(broken.get("bug")).toBeGreaterThan(0.7);
  });

  it("says the same of the same past, and nothing where nobody labels", async () => {
    const text = { title: "The cart opens slowly", body: "Since Monday." };
    const [one, other] = [await trainLabelClassifier(past(60)), await trainLabelClassifier(past(60))];
    expect(one.likelihoods(text)).toEqual(other.likelihoods(text));
    expect((await trainLabelClassifier([])).likelihoods(text).size).toBe(0);
    expect((await trainLabelClassifier(past(90).map((one) => ({ ...one, labels: [] })))).likelihoods(text).size).toBe(
      0,
    );
  });
});
