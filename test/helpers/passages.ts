import type { ModelProvider } from "../../src/model/model.ts";
import type { Model } from "../../src/model/model.ts";
import type { FoundPassage, PassageSource } from "../../src/tasks/ask/passage.ts";

/** A passage of few words; its score falls with its place in the list that it is given in. */
export function foundPassage(text: string, overrides: Partial<FoundPassage> = {}): FoundPassage {
  const startLine = overrides.startLine ?? 1;
  return {
    source: "docs.engram",
    revision: "tree-1",
    document: "guide.md",
    page: null,
    heading: null,
    line: startLine,
    startLine,
    endLine: startLine + text.split("\n").length - 1,
    score: 10,
    text,
    ...overrides,
  };
}

/** Finds the same passages whatever is asked, and keeps the questions. */
export function sourceOf(passages: readonly FoundPassage[]): PassageSource & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    search: async (question, k) => {
      asked.push(question);
      return passages.slice(0, k);
    },
  };
}

/** One model for both roles, or none with the reason; `allowed` says whether it has qualified. */
export function providerOf(model: Model | null, allowed = false): ModelProvider {
  return {
    modelFor: async () => (model === null ? { model, reason: "no model is installed" } : { model, reason: null }),
    qualified: () => ({ allowed, reason: "it has not been measured" }),
    close: async () => {},
  };
}
