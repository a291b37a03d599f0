import { describe, expect, it } from "vitest";
import { renderAsk } from "../../../src/dashboard/ask-page.ts";
import { freshTurn, inShort, keptTurn } from "../../../src/dashboard/answer-view.ts";
import { render } from "../../../src/dashboard/html.ts";
import { renderSearch } from "../../../src/dashboard/search-page.ts";
import type { ResearchAnswer } from "../../../src/tasks/research/answer.ts";
import { sampleAnswer, sampleDesk } from "./sample-desk.ts";

const options = { nonce: "n0", signedIn: false };
const signal = new AbortController().signal;

async function pagesOf(said: string): Promise<string[]> {
  const desk = sampleDesk({}, said);
  const sources = [{ name: said, kind: "repository" } as const];
  const form = { sources, source: said, text: said, protocol: "https" } as const;
  const search = renderSearch({ ...form, found: { told: await desk.search("", "", signal) } }, options);
  const ask = renderAsk(
    {
      ...form,
      conversation: "dashboard-1",
      conversations: desk.conversations(),
      turns: await desk.turns("dashboard-1", signal),
      fresh: { told: sampleAnswer(said) },
      formToken: "t",
      now: 0,
    },
    options,
  );
  return [render(search), render(ask)];
}

/** Elements with their attributes' names: what a text could add to. */
function structureOf(page: string): string[] {
  return [...page.matchAll(/<(\/?[a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*>/gi)].map(
    ([, name, attributes = ""]) => `${name}${attributes.replace(/="[^"]*"/g, "")}`,
  );
}

it.each([
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `</pre></textarea></option></select><iframe src="https://evil.example">`,
  `</template><b>`,
  "\u202Egnp.exe\u200B\u0000",
  `../../../evil"?x=#y`,
])("adds nothing to the pages that others wrote: %s", async (attack) => {
  const [pages, harmless] = [await pagesOf(attack), await pagesOf("harmless")];
  expect(pages.map(structureOf)).toEqual(harmless.map(structureOf));
  for (const [, url] of pages.join("").matchAll(/href="([^"]*)"/g)) {
    expect(url).toMatch(
      /^(?:#[a-z0-9-]+|data:,|\/dashboard\S*|https:\/\/github\.com\/acme\/shop\/(?:blob|commit|issues)\/\S+)$/,
    );
  }
});

it("has its headings in order, and a name for each field, part and target", async () => {
  for (const page of await pagesOf("price of")) {
    const levels = [...page.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    expect(levels[0]).toBe(1);
    for (const [i, level] of levels.entries()) expect(level - (levels[i - 1] ?? 0)).toBeLessThanOrEqual(1);
    for (const [, id] of page.matchAll(/(?:for|aria-labelledby|aria-describedby)="([^"]+)"/g))
      expect(page).toContain(`id="${id}"`);
    for (const [, id] of page.matchAll(/href="#(t[12]-p\d)"/g)) expect(page).toContain(`id="${id}"`);
  }
});

describe("an answer", () => {
  const place = { turn: 1, protocol: "https" } as const;

  it("says who wrote it, or why nobody did", () => {
    const quoted = { ...sampleAnswer(), how: "quoted", why: "no model: none is installed", model: null } as const;
    expect(render(freshTurn(quoted, place))).toContain(
      "Quoted word for word, nothing is worded by a model: none is installed.",
    );
    const none: ResearchAnswer = {
      ...quoted,
      parts: [],
      passages: [],
      how: "nothing",
      why: "no passage bears on the task",
    };
    const page = render(freshTurn(none, place));
    expect(page).toContain("Nothing was found: no passage bears on the task.");
    expect(page).toContain("Nothing is cited.");
    expect([inShort(quoted), inShort(none)]).toEqual([
      "The answer is there: 2 quotations, 3 citations.",
      "Nothing was found.",
    ]);
  });

  it("marks the very lines that are quoted", () => {
    const statement = {
      sentence: "return item.net * (1 + item.tax);",
      sources: ["1"],
      lines: { startLine: 11, endLine: 11 },
    };
    const page = render(freshTurn({ ...sampleAnswer(), parts: [{ title: null, statements: [statement] }] }, place));
    expect(page.match(/class="line marked"/g)).toHaveLength(1);
    expect(page).toContain(`<span class="line marked" data-n="11">`);
    expect(page).toContain("[1, line 11]");
  });

  it("links only the numbers that our own code wrote behind a kept sentence, and says what is gone", async () => {
    const [turn] = await sampleDesk().turns("dashboard-1", signal);
    const gone = { ...turn!.cited[0]!, text: "" };
    const page = render(
      keptTurn({ ...turn!, answer: "- Row [3] of it is read. [1][2, lines 4-5]\n", cited: [gone] }, place),
    );
    expect(
      [...page.matchAll(/class="citation" href="([^"]*)">([^<]*)</g)].map(([, href, text]) => [href, text]),
    ).toEqual([
      ["#t1-p1", "[1]"],
      ["#t1-p2", "[2, lines 4-5]"],
    ]);
    expect(page).toContain("Row [3] of it is read.");
    expect(page).toContain("It does not stand there any more.");
  });
});
