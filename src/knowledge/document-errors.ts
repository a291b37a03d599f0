import { AssistantError } from "../shared/errors.ts";

/** Why a document cannot be read. The message names the file, the remedy what to do about it. */
export function documentError(
  name: string,
  code: "empty" | "large" | "encrypted" | "scanned" | "damaged" | "kind" | "not-text" | "name",
  cause: string,
  remedy: string,
  thrown?: unknown,
): AssistantError {
  return new AssistantError(`${name} ${cause}`, { code: `document-${code}`, remedy, cause: thrown });
}

export function damaged(name: string, kind: string, thrown: unknown): AssistantError {
  const remedy = "See whether it opens in another program, and save it there again.";
  return documentError(name, "damaged", `is a broken ${kind}`, remedy, thrown);
}

/** @param unit of `most`, for example "pages" */
export function tooLarge(name: string, most: number, unit: string): AssistantError {
  const cause = `is too large: more than ${most.toLocaleString("en")} ${unit}`;
  return documentError(name, "large", cause, "Divide it, and add the parts.");
}
