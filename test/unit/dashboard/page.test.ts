import { describe, expect, it } from "vitest";
import type { DashboardData } from "../../../src/dashboard/dashboard-data.ts";
import { html, render } from "../../../src/dashboard/html.ts";
import { renderFragment, renderPage } from "../../../src/dashboard/page.ts";
import { emptyData, sampleData } from "./sample-data.ts";

const pageOf = (data: DashboardData): string => render(renderPage(data, { nonce: "n0", signedIn: false }));

/** Elements with their attributes' names: what a text could add to. */
function structureOf(page: string): string[] {
  const tags = [...page.matchAll(/<(\/?[a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*>/gi)];
  return tags.map(([, name, attributes = ""]) => {
    return `${name}${attributes.replace(/="[^"]*"/g, "")}`;
  });
}

describe("what others wrote", () => {
  const attacks = [
    `<script>alert(1)</script>`,
    `"><img src=x onerror=alert(1)>`,
    `' onmouseover='alert(1)`,
    `</pre></details></section><iframe src="https://evil.example">`,
    `javascript:alert(1)`,
    `&lt;b&gt; &#60;script&#62;`,
    `<!--`,
    "]]><svg/onload=alert(1)>",
    "\u202Egnp.exe\u200B\u0000",
    `../../../evil"?x=#y`,
    '\\" onfocus=alert(1) autofocus="',
  ];

  it.each(attacks)("adds no element, attribute or link: %s", (attack) => {
    const page = pageOf(sampleData(attack));
    expect(structureOf(page)).toEqual(structureOf(pageOf(sampleData("harmless"))));
    for (const [, url] of page.matchAll(/href="([^"]*)"/g)) {
      expect(url).toMatch(
        /^(?:#[a-z]+|data:,|\/dashboard(?:\/(?:search|ask))?|https:\/\/github\.com\/acme\/shop\/(?:blob|commit|issues|pull)\/\S+)$/,
      );
    }
  });

  it("is shown as it was written", () => {
    const page = pageOf(sampleData(`<b> & "q" 'a'`));
    expect(page).toContain("&lt;b&gt; &amp; &quot;q&quot; &#39;a&#39;");
    expect(page).not.toContain(`<b> &`);
  });

  it("loses what nobody sees", () => {
    expect(pageOf(sampleData("a\u202Eb\u200Bc\u{E0041}d"))).not.toMatch(/[\u202A-\u202E\u200B\u{E0000}-\u{E007F}]/u);
  });

  it("cannot pass for markup of ours", () => {
    const read: unknown = JSON.parse(`{"html":"<b>","Symbol(markup)":"<b>"}`);
    expect(() => html`${read as string}`).toThrow(TypeError);
    expect(() => html`${null as unknown as string}`).toThrow(TypeError);
    expect(render(html`${[html`<br />`, html`${"<i>"}`]}`)).toBe("<br />&lt;i&gt;");
  });
});

describe("the page", () => {
  it("says of each part that there is nothing yet", () => {
    const page = pageOf(emptyData);
    for (const text of [
      "None yet: one appears",
      "Nothing waits.",
      "Nothing runs.",
      "No job has failed.",
      "None is installed",
      "None: no repository in mode",
      "None yet: whatever",
      "No repository was calibrated",
      "No finding was published",
      "GitHub has not been asked",
    ])
      expect(page).toContain(text);
    expect(page).not.toContain("<table>");
  });

  it("says what cannot be read, and shows the rest", () => {
    const page = pageOf({ ...sampleData(), queue: { problem: "Redis <gone>" } });
    expect(page).toContain("This cannot be read now: Redis &lt;gone&gt;");
    expect(page).toContain("qwen2.5-coder-3b");
  });

  it("shows what was found, kept back and only previewed, with links to what it rests on", () => {
    const page = pageOf(sampleData());
    expect(page).toContain("Review #31 in github.com/acme/shop: 1 finding, 1 withheld");
    expect(page.match(/preview, nothing was written/g)).toHaveLength(1);
    expect(page).toContain("no quoted line bears it out");
    expect(page).toContain("<h4>Usually changed along</h4>");
    expect(page).toContain(`href="https://github.com/acme/shop/blob/4d5e6f7a8b9c0d1e/src/price%20list.ts#L10-L14"`);
    expect(page).toContain("not qualified</strong>, 41 % of what it calls a problem is one");
    expect(page).toContain("git fetch: the remote hung up");
    expect(page).toContain(`<progress value="3" max="12" aria-label="the model reads the change">`);
    expect(page).toContain("on other-machine:3000");
    expect(page).toContain("80 % of 10");
    expect(page).toContain("nobody answered");
  });

  it("shows the others where one outcome is of another version", () => {
    const data = sampleData();
    const broken = { repository: "github.com/acme/shop", at: "", receipt: null, outcome: { kind: "review" } as never };
    const outcomes = "known" in data.outcomes ? data.outcomes.known : [];
    const page = pageOf({ ...data, outcomes: { known: [broken, ...outcomes] } });
    expect(page).toContain("cannot be shown: another version");
    expect(page).toContain("Review #31");
  });

  it("links to no page of a clone, or of a host that is none", () => {
    for (const repository of ["local/x/shop", "evil.example:80@x/a/b", "github.com/acme"]) {
      const data = sampleData();
      const outcomes = "known" in data.outcomes ? data.outcomes.known : [];
      const page = pageOf({ ...data, outcomes: { known: outcomes.map((one) => ({ ...one, repository })) } });
      expect(page).not.toMatch(/href="https?:/);
    }
  });

  it("has its headings in order, a caption for each table, and a name for each part", () => {
    const page = pageOf(sampleData());
    const levels = [...page.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    expect(levels[0]).toBe(1);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [at, level] of levels.entries()) expect(level - (levels[at - 1] ?? 0)).toBeLessThanOrEqual(1);
    expect(page.match(/<caption>/g)?.length).toBe(page.match(/<table>/g)?.length);
    for (const [, id] of page.matchAll(/aria-labelledby="([^"]+)"/g)) expect(page).toContain(`id="${id}"`);
    for (const [, id] of page.matchAll(/href="#([^"]+)"/g)) expect(page).toContain(`id="${id}"`);
  });

  it("is updated by the very parts that it was made of", () => {
    expect(pageOf(sampleData())).toContain(render(renderFragment(sampleData())));
  });
});
