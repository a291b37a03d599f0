import { z } from "zod";
import type { Message } from "../../model/model.ts";
import { limits } from "../../shared/limits.ts";
import { materialRule, renderMaterial } from "../ask/material.ts";

const instructions = [
  "Somebody claims something about code. Judge by the code alone whether the claim is true.",
  materialRule,
].join("\n");

/** The answers to choose from. */
const confirmOptions = ["yes", "no"] as const;

export interface Claim {
  path: string;
  code: string;
  claim: string;
  /** What else was shown to whoever claims it. */
  evidence?: readonly { path: string; text: string }[];
}

/** The question whether code bears a claim out. */
export function confirmPrompt(claim: Claim): { messages: Message[]; options: string[] } {
  return { messages: messagesFor(claim, "Is the claim true?"), options: [...confirmOptions] };
}

/** What a claim rests on, when asked for it. */
export const proofSchema = z.object({
  quote: z.string().max(limits.quoteCharacters),
  it: z.enum(["supports the claim", "contradicts the claim"]),
});

/** Asks for the one line that a claim stands or falls with. */
export function proofPrompt(claim: Claim): Message[] {
  const question =
    "Copy the one line of the code or evidence that tells most about the claim, word for word. Then say what that line does.";
  return messagesFor(claim, question);
}

function messagesFor({ path, code, claim, evidence = [] }: Claim, question: string): Message[] {
  const blocks = [
    { title: `CODE ${path}`, text: code },
    ...evidence.map((one) => ({ title: `EVIDENCE ${one.path}`, text: one.text })),
    { title: "CLAIM", text: claim },
  ];
  return [
    { role: "system", content: instructions },
    { role: "user", content: `${renderMaterial(blocks)}\n\n${question}` },
  ];
}
