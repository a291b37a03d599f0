import { describe, expect, it } from "vitest";
import { findContinuations } from "../../../src/retrieval/continuations.ts";
import { keepResolving } from "../../../src/retrieval/citation.ts";
import { temporaryRepository, viewOf } from "./scenario.ts";

/** Functions of one shape; each begins like the others and goes on with its own field. */
function loader(name: string, field: string): string {
  return `export function load${name}(rows) {
  const result = readRows(rows, parse${name});
  checkResult(result, rows.length);
  return result.map(({ ${field} }) => ${field});
}
`;
}

const filler = Array.from({ length: 40 }, (_, at) => `export const filler${at} = "some ${at} text";\n`).join("");

async function scene() {
  const own = temporaryRepository();
  own.write("src/orders.ts", loader("Orders", "total"));
  own.write("src/items.ts", `${filler}${loader("Items", "price")}${filler}`);
  own.write("docs/loading.md", loader("Orders", "described"));
  own.write("src/open.ts", `${filler}${loader("Things", "old")}export const after = "what stands below";\n${filler}`);
  const commit = own.commit("Base");
  const view = await viewOf(own, commit);
  const before = loader("Things", "old").split("\n").slice(0, 3);
  const known = { startLine: 41, endLine: 43 };
  const query = { path: "src/open.ts", before, known, k: 4, citeCommit: () => commit };
  return { own, view, query };
}

describe("places that a text may go on like", () => {
  it("hold what comes after lines like its last ones, short and apart from each other", async () => {
    const { own, view, query } = await scene();
    const found = findContinuations(view, query);
    expect(found[0]?.text).toMatch(/=> (?:total|price)\);/);
    for (const { text } of found) expect(text.split("\n").length).toBeLessThanOrEqual(12);
    const places = found.map(({ citation }) => (citation.kind === "code" ? citation : null));
    for (const [index, place] of places.entries()) {
      for (const other of places.slice(index + 1)) {
        if (place?.path !== other?.path) continue;
        expect((place?.endLine ?? 0) < (other?.startLine ?? 0) || (other?.endLine ?? 0) < (place?.startLine ?? 0)).toBe(
          true,
        );
      }
    }
    expect(await keepResolving(own.dir, found)).toEqual(found);
  });

  it("tell what stands below in the file itself second, and never what the writer has", async () => {
    const { view, query } = await scene();
    const found = findContinuations(view, query);
    expect(found[1]).toMatchObject({ why: "stands below", citation: { path: "src/open.ts", startLine: 44 } });
    expect(found[1]?.text).toContain("what stands below");
    for (const { citation } of found) {
      if (citation.kind === "code" && citation.path === "src/open.ts") expect(citation.startLine).toBeGreaterThan(43);
    }
  });

  it("are code where code is written, and none where nothing is told by the lines", async () => {
    const { view, query } = await scene();
    const paths = findContinuations(view, { ...query, k: 20 }).map(
      ({ citation }) => "path" in citation && citation.path,
    );
    expect(paths).toContain("src/orders.ts");
    expect(paths).toContain("src/items.ts");
    expect(paths).not.toContain("docs/loading.md");
    expect(findContinuations(view, { ...query, before: ["", "  }"] })).toEqual([]);
  });
});
