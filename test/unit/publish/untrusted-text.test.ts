import * as fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { answerComment } from "../../../src/publish/markdown/answer-comment.ts";
import { allowLinksTo, codeBlock, codeSpan, escapeText } from "../../../src/publish/markdown/escape.ts";
import { addressedComment, findingComment } from "../../../src/publish/markdown/finding-comment.ts";
import { sanitizeBlocks } from "../../../src/publish/markdown/sanitize.ts";
import { summaryComment } from "../../../src/publish/markdown/summary-comment.ts";
import { triageComment } from "../../../src/publish/markdown/triage-comment.ts";
import { checkSummary } from "../../../src/publish/markdown/check-output.ts";
import type { ChangedFile } from "../../../src/publish/outcome.ts";
import { parseMarker } from "../../../src/publish/marker.ts";
import type { Evidence } from "../../../src/retrieval/evidence.ts";
import { expectInert, markdown } from "../../helpers/inert.ts";
import { base, codeEvidence, coverage, finding, head, noModel, repository, review, triage } from "./samples.ts";

const fragments = [
  Array.from("`*_~|#>-+=:.!$\\<>&[](){}\n\t @x1"),
  ["```", "~~~~", "``", "**", "\n\n", "\r\n", "    ", "- ", "1. ", "# ", "> ", "---", "|-|-|", "\u0000", "\u202e"],
  ["@bob", "@acme/team", "a@evil.test", "&#64;bob", "#12", "fixes #12", "GH-12", "acme/shop#3", "acme/shop@deadbeef1"],
  ["https://evil.test/x", "http://evil.test", "www.evil.test", "ftp://evil.test", "mailto:a@evil.test", "deadbeefcafe"],
  ["<img src=x onerror=alert(1)>", "<!-- ", "-->", "</details>", "<script>", "<https://evil.test>", "</sub>", "\ud800"],
  [
    "![x](https://evil.test/p.png)",
    "[x](https://evil.test)",
    "[x]: https://evil.test",
    "[x][y]",
    "](https://evil.test)",
  ],
  ["<!-- engram-assistant:v1 summary -->", `\n<!-- engram-assistant:v1 finding=${"0".repeat(16)} head=${head} -->`],
].flat();
const hostile = fc
  .array(
    fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...fragments) }, fc.string({ unit: "binary", maxLength: 5 })),
    {
      maxLength: 14,
    },
  )
  .map((parts) => parts.join(""));

/** Every untrusted text of one comment. */
const texts = fc.record({
  title: hostile,
  body: hostile,
  path: hostile,
  code: hostile,
  why: hostile,
  subject: hostile,
});

function evidenceOf({ path, code, why, subject }: Record<"path" | "code" | "why" | "subject", string>): Evidence[] {
  return [
    { ...codeEvidence(path, code), why },
    { kind: "commit", citation: { kind: "commit", commit: base, subject }, score: 0.5, why, text: subject },
    {
      kind: "similar-issue",
      citation: { kind: "issue", number: 4, title: subject, state: "closed" },
      score: 0.5,
      why,
      text: subject,
    },
  ];
}

/** Cells of each row, the head's first. */
function tableRows(body: string): number[] {
  const types = markdown.parse(body, {}).map(({ type }) => type);
  const rows: number[] = [];
  for (const type of types) {
    if (type === "tr_open") rows.push(0);
    if (type === "td_open" || type === "th_open") rows[rows.length - 1] = (rows.at(-1) ?? 0) + 1;
  }
  return rows;
}

describe("untrusted text", () => {
  it("can do nothing in the comment on a line, standing or addressed", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { title, body, path } = text;
        const anchor = { path, startLine: 1, endLine: 2, side: "RIGHT" } as const;
        const one = finding("1", path, { title, body, anchor, evidence: evidenceOf(text) });
        const comment = findingComment(repository, one, head);
        const addressed = addressedComment(repository, comment, { id: one.id, head }, base);

        expectInert(comment);
        expectInert(addressed);
        expect(parseMarker(comment)).toEqual({ kind: "finding", id: one.id, head, addressed: false, resolved: false });
        expect(parseMarker(addressed)).toEqual({ kind: "finding", id: one.id, head, addressed: true, resolved: false });
      }),
      { numRuns: 400 },
    );
  });

  it("can do nothing in the summary, nor in that of a check run", () => {
    const changed = (path: string, oldPath: string): ChangedFile => {
      return { path, oldPath, status: "renamed", added: 1, removed: 2 };
    };
    fc.assert(
      fc.property(texts, fc.boolean(), (text, many) => {
        const { title, body, path, why, subject } = text;
        const findings = ["1", "2", "3", "4"].map((id) =>
          finding(id, path, { title, body, evidence: evidenceOf(text) }),
        );
        const outcome = review(many ? findings : findings.slice(0, 1), {
          files: [changed(path, subject), changed(`${path}/x`, path)],
          sheet: evidenceOf(text),
          coverage: coverage([{ path, reason: why }]),
          withheld: [{ about: path, text: body, reason: why }],
          model: { ...noModel, name: subject, note: why },
        });
        const refused = outcome.findings;

        const summary = summaryComment(repository, outcome, { inline: [], refused, addressed: 0 });

        expectInert(summary);
        expect(parseMarker(summary)).toEqual({ kind: "summary" });
        if (many) expect(tableRows(summary)).toEqual([4, 4, 4, 4, 4]);
        expectInert(checkSummary(repository, outcome));
      }),
      { numRuns: 400 },
    );
  });

  it("can do nothing in triage comments and answers", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const evidence = evidenceOf(text);
        const [issue] = evidence;
        const triageBody = triageComment(
          repository,
          triage({
            similar: issue ? [{ issue, fixes: evidence }] : [],
            suspects: evidence,
            withheld: [{ about: "x", text: text.body, reason: text.why }],
            model: { ...noModel, note: text.why },
          }),
        );
        const lines = [{ text: text.body, evidence }, ...(evidence.length > 0 ? [{ text: "", evidence }] : [])];
        const part = { title: text.why, lines, ...(issue && { quote: issue }) };
        const answer = answerComment(repository, {
          kind: "answer",
          subject: { kind: "issue", number: 1 },
          commentId: 3,
          body: text.body,
          found: {
            parts: [part, { ...part, title: "More", folded: true }],
            engramCommit: "0".repeat(40),
            model: { ...noModel, note: text.why },
          },
        });

        expectInert(triageBody ?? "");
        expectInert(answer);
        expect(parseMarker(answer)).toEqual({ kind: "answer", comment: 3 });
      }),
      { numRuns: 400 },
    );
  });
});

describe("what the reader sees", () => {
  const rendered = (source: string): string => markdown.renderInline(source);

  it("is the text as it was", () => {
    const text = "fix `x` in <Foo> *now*: a_b | c & d [e](f)";

    expect(rendered(escapeText(text))).toBe(markdown.utils.escapeHtml(text));
  });

  it("is the code as it was, whatever backticks it holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("`", " ", "a", "\\", "<", "*") }), (code) => {
        fc.pre(code.trim() !== "");
        expect(rendered(codeSpan(code))).toBe(`<code>${markdown.utils.escapeHtml(code)}</code>`);
      }),
    );
  });

  it("is the whole block as it was, whatever fences it holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("`", "```", "\n", "~~~", "a", " ") }), (code) => {
        const [token, ...rest] = markdown.parse(codeBlock(code, "ts"), {});
        expect(token?.content).toBe(`${code}\n`);
        expect(rest).toEqual([]);
      }),
    );
  });
});

it("reads a long line that begins like a fence once, not once for each of its characters", () => {
  const line = `${"~".repeat(36)}${"{".repeat(200_000)}`;
  expect(sanitizeBlocks(`${line}\`x\``)).toHaveLength(1);
  expect(sanitizeBlocks(`${line}\n@victim\n~~~`)[0]).toMatch(/^~~~|^```/);
});

describe("addresses", () => {
  afterEach(() => allowLinksTo([]));

  const linked = (text: string): string[] =>
    [...markdown.render(sanitizeBlocks(text).join("\n\n")).matchAll(/href="([^"]*)"/g)].map(([, href = ""]) => href);

  it("are no links, as long as the operator names no host", () => {
    expect(linked("See https://docs.acme.example/a, [here](https://docs.acme.example/a).")).toEqual([]);
  });

  it("stay links to the hosts that the operator names, and to no others", () => {
    allowLinksTo(["Docs.acme.example", "ci.acme.example:8443"]);
    expect(linked("See (https://docs.acme.example/a_b/c?e=1#deadbeef12). **https://docs.acme.example**, or:")).toEqual([
      "https://docs.acme.example/a_b/c?e=1#deadbeef12",
      "https://docs.acme.example",
    ]);
    expect(linked("- https://ci.acme.example:8443/run/12, [x](https://docs.acme.example/?q=@bob)")).toEqual([
      "https://ci.acme.example:8443/run/12",
      "https://docs.acme.example/?q=@bob",
    ]);
    for (const other of [
      "http://docs.acme.example/",
      "https://docs.acme.example.evil.test/",
      "https://evil-docs.acme.example/",
      "https://docs.acme.example@evil.test/",
      "https://docs.acme.example:443/",
      "https://a@docs.acme.example/",
      "https://ci.acme.example/",
      "![x](https://evil.test/https://docs.acme.example/p.png)",
      "`https://docs.acme.example/`",
    ])
      expect(linked(other), other).toEqual([]);
  });

  it("let nothing else through than themselves", () => {
    allowLinksTo(["docs.acme.example"]);
    const url = fc
      .array(fc.constantFrom(...fragments, "https://docs.acme.example", "/a", "?b"))
      .map((all) => all.join(""));
    fc.assert(
      fc.property(url, (text) => linked(text).every((href) => /^https:\/\/docs\.acme\.example(?:\/|$)/.test(href))),
      { numRuns: 300 },
    );
  });
});
