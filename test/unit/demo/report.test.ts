import { beforeAll, describe, expect, it } from "vitest";
import { renderReport } from "../../demo/report.ts";
import type { ReportData, ReportReviewComment } from "../../demo/report-data.ts";
import { createLinkMap } from "../../demo/report/links.ts";
import { createMarkdown } from "../../demo/report/markdown.ts";
import { sampleReport } from "./sample-report.ts";

let data: ReportData;
let page: string;

beforeAll(async () => {
  data = await sampleReport();
  page = renderReport(data);
});

describe("the page", () => {
  it("runs nothing and loads nothing", () => {
    expect(page).not.toMatch(/<script|<link|<img|<iframe|<object|<embed|<base|@import|url\(|\ssrc=|\son\w+=/i);
    expect(hrefs(page).filter((href) => !href.startsWith("#"))).toEqual([]);
  });

  it("has each id once, and a place for every link", () => {
    const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);

    expect(new Set(ids).size).toBe(ids.length);
    expect(hrefs(page).length).toBeGreaterThan(10);
    expect(hrefs(page).filter((href) => !ids.includes(href.slice(1)))).toEqual([]);
  });

  it("shows what the past says of each kind, and where it stands for that", () => {
    const table = page.slice(page.indexOf('id="past"'), page.indexOf('id="withheld"')).replaceAll(/\s+/g, " ");

    expect(table).toContain("56 past pull requests");
    expect(table).toContain("<td>12 of 13</td> <td>0.00</td> <td>0.77</td> <td>on its lines</td>");
    expect(table).toContain("<td>1 of 4</td> <td>–</td> <td>0.07</td> <td>too few to tell</td>");
  });

  it("closes every element it opens, in order", () => {
    expect(unclosed(page)).toEqual([]);
  });

  it("tells the pull request in the order of time", () => {
    const places = [
      'class="badge" aria-hidden="true">1<',
      'id="discussion_r2400000100"',
      'id="issuecomment-2400000200"',
      'class="badge" aria-hidden="true">2<',
      'class="badge" aria-hidden="true">3<',
    ].map((part) => page.indexOf(part));

    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it("puts a push before what is said about it within the same second", () => {
    const at = "2025-09-15T14:00:00Z";
    const atOnce = <T>(entries: T[]): T[] => entries.map((entry) => ({ ...entry, at, createdAt: at }));
    const { pushes, reviewComments, issueComments } = data;
    const tied = renderReport({
      ...data,
      pushes: atOnce(pushes),
      reviewComments: atOnce(reviewComments),
      issueComments: atOnce(issueComments),
    });

    const places = [`id="push-${pushes[0]?.head}"`, 'id="discussion_r2400000100"', 'id="issuecomment-2400000200"'];
    const found = places.map((part) => tied.indexOf(part));
    expect(found).toEqual(found.toSorted((a, b) => a - b));
  });

  it("folds the threads that are addressed, and only those, with the commit that addressed them", () => {
    const mended = data.pushes[1]?.head.slice(0, 7);
    const folded = page.match(/<details class="thread addressed" id="discussion_r\d+">/g);

    expect(folded).toHaveLength(2);
    expect(page).toContain('<div class="thread" id="discussion_r2400000100">');
    expect(page.match(new RegExp(`Addressed in <code>${mended}</code>`, "g"))).toHaveLength(2);
  });

  it("shows what was kept back, the model, the kernel and the command", () => {
    for (const text of [
      "names &quot;sortRows&quot;",
      "Qwen2.5-Coder-7B",
      "does not fit",
      "AVX2",
      "--repo ~/your-clone",
    ])
      expect(page).toContain(text);
  });

  it("says so when nothing was kept back and no model ran", () => {
    const none = { ...data.model, name: null, note: "no model could be fetched", prompts: 0 };
    const bare = renderReport({ ...data, withheld: [], recommendations: [], model: none });

    expect(bare).toContain("No model ran: no model could be fetched.");
    expect(bare).toContain("Nothing was kept back.");
  });
});

describe("a comment in place", () => {
  it("stands under the lines it is on, and under the old ones that they replace", () => {
    const [first = ""] = page.match(/<table class="diff">[^]*?<\/table>/) ?? [];

    expect(rows(first, "commented").map(([, line]) => line)).toEqual(["33", "34", "35", "36", "37"]);
    expect(rows(first, "deleted").map(([line]) => line)).toEqual(["28", "29", "30", "31", "32"]);
  });

  it("counts lines on the left in the old file", () => {
    const removed = page.slice(page.indexOf('id="discussion_r2400000101"'));
    expect(rows(removed.slice(0, removed.indexOf("</table>")), "commented").map(([old]) => old)).toEqual(["7"]);
  });

  it("shows no code where the diff does not have its line", () => {
    const lost = data.reviewComments.map((comment): ReportReviewComment => ({ ...comment, line: 4_000 }));
    expect(renderReport({ ...data, reviewComments: lost })).not.toContain('<table class="diff">');
  });
});

describe("citations", () => {
  it("lead to their lines, which are marked", () => {
    const [, id] = /href="#(cited-\d+)-L28"[^>]*><code>src\/invoices\/list-invoices\.ts#L28-L32/.exec(page) ?? [];
    const marked = [...page.matchAll(new RegExp(`id="${id}-L(\\d+)" class="marked"`, "g"))].map(([, line]) => line);

    expect(marked).toEqual(["28", "29", "30", "31", "32"]);
  });

  it("are shown as unresolved where the file or the line is not there", () => {
    const head = data.pushes[0]?.head ?? "";
    const { resolve } = createLinkMap(data);

    expect(resolve(blob(`${head}/src/orders/list-orders.ts#L1`)).kind).toBe("anchor");
    expect(resolve(blob(`${head}/src/orders/list-orders.ts#L900`)).kind).toBe("unresolved");
    expect(resolve(blob(`${head}/src/orders/list-orders.ts#L9-L8`)).kind).toBe("unresolved");
    expect(resolve(blob(`${head}/src/nowhere.ts#L1`)).kind).toBe("unresolved");
    expect(renderReport({ ...data, citations: new Map() })).toContain('class="unresolved"');
  });

  it("to another repository or host path lead nowhere", () => {
    const { resolve } = createLinkMap(data);
    expect(resolve("https://example.com/").kind).toBe("elsewhere");
    expect(resolve("https://example.com/alderwood/other/blob/main/a.ts#L1").kind).toBe("elsewhere");
  });
});

describe("Markdown of a comment", () => {
  const rendered = (body: string): string => createMarkdown(createLinkMap(data))(body).html;

  it("keeps the assistant's own folds and hides its markers", () => {
    const text = rendered("<details><summary>Read 3 of 3 files</summary>\n\n- `a.ts`\n\n</details>\n\n<!-- marker -->");
    expect(text).toContain("<details><summary>Read 3 of 3 files</summary>");
    expect(text).toContain("<li><code>a.ts</code></li>");
    expect(text).not.toContain("marker");
  });

  it.each([
    "<script>alert(1)</script>",
    "a <img src=x onerror=alert(1)> b",
    '<details ontoggle="alert(1)" open>',
    "<svg/onload=alert(1)>",
    "<iframe src='https://example.com'></iframe>",
    "<style>body{display:none}</style>",
    "<!-- --><script>alert(1)</script>",
    "<!--\n\n<script>alert(1)</script>",
    "![x](https://example.com/x.png)",
    "[x](javascript:alert(1))",
    '[x](https://example.com/"onmouseover="alert(1))',
    "<https://example.com/>",
    '<a href="https://example.com">x</a>',
    "```html\n<script>alert(1)</script>\n```",
    "<scr<script>ipt>alert(1)</script>",
  ])("makes %s harmless", (body) => {
    expect(tags(rendered(body)).filter((tag) => !harmlessTag.test(tag))).toEqual([]);
  });

  it.each([
    "</details></article></section>",
    "<details><summary>open",
    "<sub>a\n\nb",
    "</summary></details>",
    "<details><sub></details>",
  ])("neither closes nor leaves open what stands around it: %s", (body) => {
    // Where a paragraph ends inside an open tag, the browser's parser puts it right by itself.
    expect(unclosed(rendered(body).replaceAll(/<\/?p>/g, ""))).toEqual([]);
  });
});

function blob(target: string): string {
  return `https://${data.repository.host}/${data.repository.owner}/${data.repository.name}/blob/${target}`;
}

function hrefs(html: string): string[] {
  return [...html.matchAll(/\shref="([^"]*)"/g)].map(([, href = ""]) => href);
}

function tags(html: string): string[] {
  return html.match(/<[^>]*>/g) ?? [];
}

const harmlessTag =
  /^<\/?(?:p|pre|code|details|summary|sub|ul|li)>$|^<br>$|^<\/a>$|^<a class="elsewhere" title="[^"<>]*">$|^<code class="language-html">$/;

/** Old and new line number of the rows of a class. */
function rows(table: string, name: string): string[][] {
  return [...table.matchAll(/<tr class="([^"]*)">([^]*?)<\/tr>/g)]
    .filter(([, classes = ""]) => classes.split(" ").includes(name))
    .map(([, , cells = ""]) => [...cells.matchAll(/<td class="number">(\d*)<\/td>/g)].map(([, line = ""]) => line));
}

/** Tags that are not closed in order. Style is left out: it holds no tags. */
function unclosed(html: string): string[] {
  const open: string[] = [];
  for (const tag of tags(html.replace(/<style>[^]*?<\/style>/, ""))) {
    const [, slash, name = ""] = /^<(\/?)([a-z0-9]+)/i.exec(tag) ?? [];
    if (slash === undefined || /^(?:meta|br|hr)$/.test(name)) continue;
    if (slash === "") open.push(name);
    else if (open.at(-1) === name) open.pop();
    else open.push(tag);
  }
  return open;
}
