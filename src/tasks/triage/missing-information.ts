import { limits } from "../../shared/limits.ts";
import { code } from "../ask/inline.ts";
import { type FormField, type IssueForm, type Section, sectionsOf } from "./issue-forms.ts";

/** Of a template's headings, so many must stand in an issue that was written with it. */
const LEAST_HEADINGS = 0.5;

/**
 * What a repository's own form asks for and an issue does not tell, one line each. Of a form, only what it says is required;
 * a Markdown template says of nothing that it must be told, so there it is told only where all of it was left as it was.
 * Nothing where the issue was written without a template: nobody asked its author for anything.
 */
export function missingInformation({ body }: { body: string }, forms: readonly IssueForm[]): string[] {
  const sections = sectionsOf(body);
  const used = usedForm(sections, forms);
  if (used === null) return forms.some((form) => isWhole(form, body)) ? [leftAsItWas] : [];
  const found = used.fields.map((field) => ({ field, section: sectionFor(field, sections) }));
  const isOpen = ({ field, section }: { field: FormField; section: Section | undefined }): boolean =>
    section === undefined || isUntold(section.text, field);
  if (/\.md$/i.test(used.path)) {
    // Text above the first heading is told as well.
    const before = sections[0]?.text ?? "";
    return found.every(isOpen) && isUntold(before, { given: [used.preamble] }) ? [leftAsItWas] : [];
  }
  return found.flatMap((one) => [
    ...(one.field.required && isOpen(one) ? [`${named(one.field.heading)} is required, and nothing is said.`] : []),
    ...openBoxes(one.field, one.section?.text ?? ""),
  ]);
}

const leftAsItWas = "The template was left as it was: nothing of it is filled in.";

/** Whether an issue is a template without headings, and nothing else. */
function isWhole({ fields, preamble }: IssueForm, body: string): boolean {
  return fields.length === 0 && plain(preamble) !== "" && plain(preamble) === plain(body);
}

/** The one whose headings stand in the issue, most of them; of equals the one that asks for more. */
function usedForm(sections: readonly Section[], forms: readonly IssueForm[]): IssueForm | null {
  const candidates = forms.map((form) => {
    const present = form.fields.filter((field) => sectionFor(field, sections) !== undefined).length;
    return { form, share: form.fields.length === 0 ? 0 : present / form.fields.length };
  });
  const [best] = candidates
    .filter(({ share }) => share >= LEAST_HEADINGS)
    .sort((a, b) => b.share - a.share || b.form.fields.length - a.form.fields.length);
  return best?.form ?? null;
}

function sectionFor({ heading }: FormField, sections: readonly Section[]): Section | undefined {
  return sections.find((section) => sameText(section.heading, heading));
}

function isUntold(text: string, { given }: Pick<FormField, "given">): boolean {
  const said = plain(text);
  return said === "" || /^_?no response_?$/i.test(said) || given.some((one) => plain(one) === said);
}

/** Without hidden comments, white space and the fence that GitHub puts around fields that hold code. */
function plain(text: string): string {
  return text
    .replace(/<!--[\s\S]*?(?:-->|$)/g, " ")
    .replace(/^ {0,3}(?:`{3,}|~{3,}).*$/gm, " ")
    .replace(/\s+/g, " ")
    .trim();
}

function openBoxes({ boxes }: FormField, text: string): string[] {
  const ticked = [...text.matchAll(/^[ \t]*[-*][ \t]*\[[xX]\][ \t]*(.*)$/gm)].map(([, label = ""]) => label);
  return boxes
    .filter((box) => !ticked.some((label) => sameText(label, box)))
    .map((box) => `The box ${named(box)} is required, and not ticked.`);
}

function named(field: string): string {
  return code(field.slice(0, limits.fieldNameCharacters));
}

function sameText(one: string, other: string): boolean {
  const normal = (text: string): string => text.replace(/\s+/g, " ").trim().toLowerCase();
  return normal(one) === normal(other);
}
