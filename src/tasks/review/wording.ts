import { z } from "zod";
import type { GenerateRequest } from "../../model/model.ts";
import { materialRule, renderMaterial } from "../ask/material.ts";

const instructions = [
  "A check of a program's change found something true. Tell the author what it is, in one plain sentence.",
  "Use only names and numbers that stand in the facts.",
  materialRule,
].join("\n");

const wording = z.object({ sentence: z.string().max(200) });

/** Asks for one plain sentence about facts that code found. */
export function wordingRequest(facts: string): GenerateRequest<z.output<typeof wording>> {
  return {
    messages: [
      { role: "system", content: instructions },
      { role: "user", content: renderMaterial([{ title: "FACTS", text: facts }]) },
    ],
    schema: wording,
    maxTokens: 80,
  };
}
