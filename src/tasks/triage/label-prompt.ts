import type { Message } from "../../model/model.ts";
import { materialRule, renderMaterial } from "../ask/material.ts";

const instructions = [
  "You sort issues of a project. Choose the one label that fits what the issue is about.",
  materialRule,
].join("\n");

/** What is chosen where no label fits. */
export const noLabel = "none of these";

export interface Label {
  name: string;
  /** As the repository describes it; may be empty. */
  description: string;
}

/**
 * The question which label an issue gets, with the answers to choose from: the labels' names and `noLabel`.
 */
export function labelPrompt(
  issue: { title: string; body: string },
  labels: readonly Label[],
): { messages: Message[]; options: string[] } {
  const list = [
    ...labels.map(({ name, description }) => `${name}: ${description}`),
    `${noLabel}: it is about something else`,
  ];
  const blocks = [
    { title: "LABELS", text: list.join("\n") },
    { title: "ISSUE", text: `${issue.title}\n\n${issue.body}` },
  ];
  return {
    messages: [
      { role: "system", content: instructions },
      { role: "user", content: `${renderMaterial(blocks)}\n\nWhich label fits?` },
    ],
    options: [...labels.map(({ name }) => name), noLabel],
  };
}
