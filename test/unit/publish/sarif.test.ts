import { describe, expect, it } from "vitest";
import { findingKinds } from "../../../src/publish/finding-kinds.ts";
import { toSarif } from "../../../src/publish/sarif.ts";
import { base, codeEvidence, coverage, finding, head, review } from "./samples.ts";

const repositoryUrl = "https://github.com/acme/shop";

describe("SARIF", () => {
  it("has a rule for every kind, and a result for every finding with its lines, evidence and identity", () => {
    const here = codeEvidence("src/a b.ts", "x", "near-copy", head);
    const one = finding("1", "src/a b.ts");
    one.evidence.unshift(here, { ...here, citation: { kind: "issue", number: 4, title: "x", state: "open" } });
    const outcome = review([one], { coverage: coverage([{ path: "dist/a.js", reason: "generated" }]) });

    const log = toSarif(outcome, { repositoryUrl });

    expect(log).toMatchObject({ $schema: expect.stringMatching(/sarif-2\.1\.0\.json$/), version: "2.1.0" });
    const [run] = log.runs;
    expect(run?.tool.driver.rules.map(({ id }) => id).toSorted()).toEqual(Object.keys(findingKinds).toSorted());
    for (const { name, help, defaultConfiguration } of run?.tool.driver.rules ?? []) {
      expect(name).toMatch(/^[A-Z][A-Za-z]+$/);
      expect(help.text).toMatch(/\.$/);
      expect(["error", "warning", "note"]).toContain(defaultConfiguration.level);
    }
    expect(run?.versionControlProvenance).toEqual([{ repositoryUri: repositoryUrl, revisionId: head }]);
    expect(run?.results).toHaveLength(1);
    const [result] = run?.results ?? [];
    expect(run?.tool.driver.rules[result?.ruleIndex ?? -1]?.id).toBe("near-copy");
    expect(result).toEqual({
      ruleId: "near-copy",
      ruleIndex: 0,
      level: "warning",
      message: {
        text: expect.stringMatching(/^The same paging .*\n\nThis hunk corrects/),
        markdown: expect.stringContaining("`listInvoices`"),
      },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "src/a%20b.ts", uriBaseId: "%SRCROOT%" },
            region: { startLine: 10, endLine: 11 },
          },
        },
      ],
      relatedLocations: [
        {
          id: 1,
          physicalLocation: {
            artifactLocation: { uri: "src/invoices.ts", uriBaseId: "%SRCROOT%" },
            region: { startLine: 10, endLine: 11 },
          },
          message: { text: `9 of 10 lines alike (as of ${base.slice(0, 12)})` },
        },
      ],
      fingerprints: { "engramFinding/v1": one.id },
      partialFingerprints: { "engramFinding/v1": one.id },
      properties: { evidence: expect.arrayContaining(["#4: 9 of 10 lines alike"]) },
    });
    expect(run?.invocations[0]?.toolExecutionNotifications).toMatchObject([
      { message: { text: "Read 3 of 4 files, 5 of 5 hunks, 40 of 60 lines" } },
      {
        message: { text: "Not read: generated" },
        locations: [{ physicalLocation: { artifactLocation: { uri: "dist/a.js" } } }],
      },
    ]);
  });

  it("gives no line that the new version does not have, and a place to a finding without one", () => {
    const left = finding("1");
    left.anchor = { path: "src/a.ts", startLine: 3, endLine: 4, side: "LEFT" };
    const without = finding("2", "src/b.ts", { kind: "companion", anchor: null });
    const cited = finding("3", "src/c.ts", { kind: "undone", anchor: null });
    cited.evidence = [{ ...codeEvidence("x", "x"), citation: { kind: "commit", commit: base, subject: "Fix" } }];

    const { results } = toSarif(review([left, without, cited]), { repositoryUrl: null }).runs[0] ?? { results: [] };

    expect(results.map(({ locations }) => locations)).toEqual([
      [{ physicalLocation: { artifactLocation: { uri: "src/a.ts", uriBaseId: "%SRCROOT%" } } }],
      [
        {
          physicalLocation: {
            artifactLocation: { uri: "src/invoices.ts", uriBaseId: "%SRCROOT%" },
            region: { startLine: 10, endLine: 11 },
          },
          message: { text: expect.stringContaining("9 of 10") },
        },
      ],
      [],
    ]);
  });

  it("links to the code of other repositories, and takes any path", () => {
    const one = finding("1", "a\ud800/ü%/#x?.ts");
    one.evidence = [
      { ...codeEvidence("lib/x y.ts", "x"), repository: { host: "github.com", owner: "acme", name: "lib" } },
      { ...codeEvidence("lib/x.ts", "x"), repository: { host: "local", owner: "local", name: "lib" } },
    ];

    const log = toSarif(review([one]), { repositoryUrl: null });

    const uris = [...JSON.stringify(log).matchAll(/"uri":"([^"]*)"/g)].map(([, uri]) => uri);
    expect(uris).toEqual([
      "a%EF%BF%BD/%C3%BC%25/%23x%3F.ts",
      `https://github.com/acme/lib/blob/${base}/lib/x%20y.ts`,
      "lib/x.ts",
    ]);
    expect(log.runs[0]).not.toHaveProperty("versionControlProvenance");
  });
});
