import type { Message } from "../../model/model.ts";
import { type Block, materialRule, renderMaterial } from "../ask/material.ts";
import { type Passage, placeOfPassage } from "../ask/passage.ts";
import type { CodeKind, SyntaxProblem } from "./code-answer.ts";

/** Code that the task is about. Lines are 1-based, inclusive. */
export interface Subject {
  path: string;
  /** Null for the whole file. */
  symbol: string | null;
  startLine: number;
  endLine: number;
  text: string;
}

export interface CodeMaterial {
  task: string;
  kind: CodeKind;
  /** As the person named it, or null. */
  language: string | null;
  subject: Subject | null;
  context: readonly Passage[];
  examples: readonly Passage[];
  earlier: readonly Block[];
  /** Of an earlier stage. */
  design: string | null;
}

const instructions = [
  "You write code for a programmer. Answer with one fenced code block that holds the whole code, with nothing left out.",
  "Use the names, interfaces and manner that the material shows; use no others that it does not have.",
  materialRule,
].join("\n");

const wanted: Record<CodeKind, string> = {
  generate: "Write the code that the task asks for.",
  test: "Write tests for the code under CODE, in the manner of the tests in the material.",
  document: "Write the code under CODE again with documentation comments. Change nothing but comments.",
  refactor: "Write the code under CODE again as the task asks. What it does stays the same.",
  client: "Write the client that the task asks for.",
};

export function codePrompt(material: CodeMaterial): Message[] {
  const { task, kind, language } = material;
  const manner = language === null ? "" : `\nLanguage: ${language}`;
  return [
    { role: "system", content: instructions },
    {
      role: "user",
      content: `${renderMaterial(blocksOf(material))}\n\nTask: ${task}${manner}\n${wanted[kind]}`.trim(),
    },
  ];
}

/** The second try, without the material: what is wrong is in the code. */
export function correctionPrompt(
  { task }: Pick<CodeMaterial, "task">,
  code: string,
  problems: readonly SyntaxProblem[],
): Message[] {
  const lines = problems.map(({ line, message }) => `line ${line}: ${message}`).join("\n");
  const blocks = [
    { title: "CODE", text: code },
    { title: "ERRORS OF THE PARSER", text: lines },
  ];
  const request = "The code does not parse. Write the whole code again with these errors corrected.";
  return [
    { role: "system", content: instructions },
    { role: "user", content: `${renderMaterial(blocks)}\n\nTask: ${task}\n${request}` },
  ];
}

const designInstructions = [
  "You design a program before it is written. Write a short plan: the functions or classes with their parameters and results,",
  "the errors, and the order of steps. No code. Use the names that the material shows.",
  materialRule,
].join("\n");

export function designPrompt(material: CodeMaterial): Message[] {
  return [
    { role: "system", content: designInstructions },
    { role: "user", content: `${renderMaterial(blocksOf(material))}\n\nTask: ${material.task}`.trim() },
  ];
}

/** All that the model gets to read, as one text: names in it are known. */
export function textOfMaterial(material: CodeMaterial): string {
  const blocks = blocksOf(material).map(({ title, text }) => `${title}\n${text}`);
  return [material.task, ...blocks].join("\n");
}

function blocksOf({ subject, context, examples, earlier, design }: CodeMaterial): Block[] {
  const titled = (title: string) => (passage: Passage) => ({
    title: `${title} ${passage.id} ${placeOfPassage(passage)}`,
    text: passage.text,
  });
  return [
    ...earlier,
    ...context.map(titled("CONTEXT")),
    ...examples.map(titled("EXAMPLE")),
    ...(design === null ? [] : [{ title: "DESIGN", text: design }]),
    ...(subject === null ? [] : [{ title: `CODE ${subject.path}`, text: subject.text }]),
  ];
}
