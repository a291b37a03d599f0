import { structuredPatch } from "diff";
import type { EditedFile } from "../../src/edits/edit.ts";
import type { Model } from "../../src/model/model.ts";
import { fakeModel, promptText } from "../../test/helpers/fake-model.ts";
import type { OwnChange } from "./real-task.ts";

/** Lines around a change up to which it is tried to make the place unique. */
const mostContext = 40;

/** A model that answers with the commit's own lines, in the form that a model is asked for: what can be reached at best. */
export function oracleModel({ source, test }: OwnChange): Model {
  return fakeModel(
    (request) => {
      const prompt = promptText(request);
      if (/Task: Write (?:a test|tests)/.test(prompt)) return answerWith(test);
      return /Task: Change what/.test(prompt) ? "" : answerWith(source);
    },
    { contextTokens: 65_536, identity: { name: "oracle" } },
  );
}

function answerWith({ path, before, after }: EditedFile): string {
  if (before === null) return `FILE: ${path}\n\`\`\`\`\`\`\n${after}\`\`\`\`\`\`\n`;
  const blocks = hunksOf(before, after ?? "").map(
    ([search, replacement]) => `<<<<<<< SEARCH\n${search}=======\n${replacement}>>>>>>> REPLACE\n`,
  );
  return `FILE: ${path}\n${blocks.join("\n")}`;
}

/** Changed lines with so many around them that each place occurs once. */
function hunksOf(before: string, after: string): [search: string, replacement: string][] {
  for (let context = 3; ; context++) {
    const { hunks } = structuredPatch("a", "a", before, after, "", "", { context });
    const pairs = hunks.map(({ lines }): [string, string] => [side(lines, "-"), side(lines, "+")]);
    const unique = pairs.every(([search]) => before.split(search).length === 2);
    if (unique || context === mostContext) return pairs;
  }
}

function side(lines: readonly string[], sign: "-" | "+"): string {
  const own = lines.filter((line) => line.startsWith(" ") || line.startsWith(sign));
  return own.map((line) => `${line.slice(1)}\n`).join("");
}
