import { createHash } from "node:crypto";
import { z } from "zod";
import { editPrompt } from "../tasks/implement/prompt.ts";
import { tileAnswerSchema } from "../tasks/review/answer.ts";
import { confirmPrompt } from "../tasks/review/confirm-prompt.ts";
import { tilePrompt } from "../tasks/review/prompt.ts";
import { wordingRequest } from "../tasks/review/wording.ts";
import { labelPrompt } from "../tasks/triage/label-prompt.ts";

/** Raised by hand when what is done with the answers changes so that a record would come out otherwise. */
const judgementVersion = 2;

let known: string | undefined;

/**
 * Of the prompts and schemas that models are asked with: a hash of what they make of fixed material, so that nobody has to
 * remember to raise it. 12 hex digits.
 */
export function promptsVersion(): string {
  known ??= hashOf(samplePrompts());
  return known;
}

/** 12 hex digits. */
export function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 12);
}

function samplePrompts(): unknown[] {
  const line = { kind: "+", oldLine: null, newLine: 1, text: "a" } as const;
  const citation = { kind: "code", path: "b", startLine: 1, endLine: 1, commit: "" } as const;
  const evidence = { kind: "similar-code", citation, score: 1, why: "c", text: "d" } as const;
  const target = { path: "a", form: "symbol", symbol: "b", code: "c", whole: false } as const;
  const { schema, ...wording } = wordingRequest("e");
  return [
    judgementVersion,
    tilePrompt({ path: "a", lines: [line], changed: 1 }, [evidence]).messages,
    z.toJSONSchema(tileAnswerSchema(["E1"])),
    wording,
    schema && z.toJSONSchema(schema),
    confirmPrompt({ path: "a", code: "b", claim: "c" }),
    editPrompt({ task: "a", target, blocks: [], problems: null }),
    editPrompt({ task: "a", target: { ...target, form: "file" }, blocks: [], problems: null }),
    labelPrompt({ title: "a", body: "b" }, [{ name: "c", description: "d" }]),
  ];
}
