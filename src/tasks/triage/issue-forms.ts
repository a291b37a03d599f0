import { z } from "zod";
import { parseYaml } from "../../config/parse-yaml.ts";
import { readFileAt } from "../../shared/git-objects.ts";
import { gitText } from "../../shared/git.ts";
import { limits } from "../../shared/limits.ts";
import type { Workspace } from "../../workspace/workspace.ts";

/** One thing that a template asks for. */
export interface FormField {
  /** The heading that stands above the answer in the issue's body. */
  heading: string;
  /** Whether the form says that it must be told. Of a Markdown template, where nothing says so, false. */
  required: boolean;
  /** What stands there before anybody wrote: default value, example, instructions. Trimmed. */
  given: string[];
  /** Boxes that must be ticked. */
  boxes: string[];
}

export interface IssueForm {
  /** Its file. */
  path: string;
  fields: FormField[];
  /** Of a Markdown template what stands above its first heading, or all of it. Trimmed. */
  preamble: string;
}

const folder = ".github/ISSUE_TEMPLATE";
const single = [".github/ISSUE_TEMPLATE.md", "ISSUE_TEMPLATE.md", "docs/ISSUE_TEMPLATE.md"];

/** Forms and templates for issues, as a commit has them: what cannot be read as one is left out. */
export async function readIssueForms(workspace: Workspace, commit: string): Promise<IssueForm[]> {
  const { gitDir } = workspace;
  const listed = await gitText(gitDir, ["ls-tree", "--full-tree", "--name-only", "-z", commit, `${folder}/`]);
  const own = listed.split("\0").filter((path) => /\.(?:ya?ml|md)$/i.test(path) && !/\/config\.ya?ml$/i.test(path));
  const paths = [...own, ...single].slice(0, limits.issueForms);
  await workspace.prefetchTrees([commit], paths);
  const forms: IssueForm[] = [];
  for (const path of paths) {
    const file = await readFileAt(gitDir, commit, path);
    if (file === null || file.length > limits.issueFormBytes) continue;
    const form = parseIssueForm(path, file.toString("utf8"));
    if (form !== null && (form.fields.length > 0 || form.preamble !== "")) forms.push(form);
  }
  return forms;
}

/** A form or template by the end of its name; null for YAML that is no form. */
export function parseIssueForm(path: string, content: string): IssueForm | null {
  const plain = content.replace(/\r\n/g, "\n");
  return path.toLowerCase().endsWith(".md") ? readTemplate(path, plain) : readForm(path, plain);
}

const text = z.coerce.string().catch("");
const formSchema = z.looseObject({
  body: z.array(
    z.looseObject({
      type: z.string(),
      attributes: z
        .looseObject({
          label: text.default(""),
          value: text.default(""),
          options: z.array(z.unknown()).catch([]).default([]),
        })
        .prefault({}),
      validations: z.looseObject({ required: z.boolean().catch(false).default(false) }).prefault({}),
    }),
  ),
});
const boxSchema = z.looseObject({ label: z.string(), required: z.literal(true) });

/** Syntax of GitHub's issue forms: each element but `markdown` becomes a third-level heading with the answer below it. */
function readForm(path: string, yaml: string): IssueForm | null {
  const parsed = formSchema.safeParse(parseOrNull(yaml));
  if (!parsed.success) return null;
  const fields = parsed.data.body
    .filter(({ type, attributes }) => type !== "markdown" && attributes.label !== "")
    .map(({ type, attributes: { label, value, options }, validations }) => ({
      heading: label.trim(),
      required: validations.required,
      given: value.trim() === "" ? [] : [value.trim()],
      boxes:
        type === "checkboxes" ? options.flatMap((option) => boxSchema.safeParse(option).data?.label.trim() ?? []) : [],
    }));
  return { path, fields, preamble: "" };
}

function parseOrNull(yaml: string): unknown {
  try {
    return parseYaml(yaml);
  } catch {
    return null;
  }
}

/** A Markdown template: headings, or lines that are bold as a whole, and what stands below each of them. */
function readTemplate(path: string, markdown: string): IssueForm {
  const [, body = markdown] = /^---\n[\s\S]*?\n---\n([\s\S]*)$/.exec(markdown) ?? [];
  const [before, ...sections] = sectionsOf(body);
  const fields = sections
    .filter(({ heading }) => heading !== "")
    .map(({ heading, text: given }) => ({ heading, required: false, given: [given.trim()], boxes: [] }));
  return { path, fields, preamble: before?.text.trim() ?? "" };
}

export interface Section {
  /** Without its marks; empty for what stands before the first one. */
  heading: string;
  text: string;
}

/** A body by its headings, and by lines that are bold as a whole; those in code blocks are code. */
export function sectionsOf(body: string): Section[] {
  const sections: Section[] = [{ heading: "", text: "" }];
  let fence: string | null = null;
  for (const line of body.split(/\r?\n/)) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark !== undefined) fence = fence === null ? mark : line.trim().startsWith(fence) ? null : fence;
    const heading = fence === null ? headingOf(line) : null;
    const last = sections.at(-1) as Section;
    if (heading === null) last.text += `${line}\n`;
    else sections.push({ heading, text: "" });
  }
  return sections;
}

function headingOf(line: string): string | null {
  const match = /^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$/.exec(line) ?? /^[ \t]*\*\*([^*]+)\*\*:?[ \t]*$/.exec(line);
  return match?.[1]?.replaceAll("**", "").replace(/:$/, "").trim() ?? null;
}

/** Lines that the repository's own templates put into an issue: nobody who opens one wrote them. */
export function boilerplateOf(forms: readonly IssueForm[]): ReadonlySet<string> {
  const given = forms.flatMap(({ fields, preamble }) => [
    preamble,
    ...fields.flatMap((field) => [...field.given, ...field.boxes.flatMap(tickedLines)]),
  ]);
  return new Set(given.flatMap((one) => one.split("\n").map((line) => line.trim())).filter((line) => line !== ""));
}

/** GitHub writes a large X, people a small one. */
function tickedLines(box: string): string[] {
  return [`- [x] ${box}`, `- [X] ${box}`];
}

/** A body as it was written, without the lines and headings that a template put there. */
export function withoutForms(body: string, forms: readonly IssueForm[]): string {
  const given = boilerplateOf(forms);
  const headings = new Set<string | null>(forms.flatMap(({ fields }) => fields.map(({ heading }) => heading)));
  const isOwn = (line: string): boolean =>
    !given.has(line.trim()) && line.trim() !== "_No response_" && !headings.has(headingOf(line));
  return body.split(/\r?\n/).filter(isOwn).join("\n");
}
