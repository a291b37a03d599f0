/** TYPE FILE of the tasks stage: what a tool of the repository reported, whoever handed it over. Text is untrusted. */
export interface LinterResult {
  tool: string;
  rule: string;
  level: "error" | "warning" | "note";
  message: string;
  /** With forward slashes: from the repository's root, or absolute, where the tool writes it so. */
  path: string;
  /** Lines of the head, 1-based, inclusive. */
  startLine: number;
  endLine: number;
  /** What makes two reports the same thing, as the tool says; null where it says nothing. */
  fingerprint: string | null;
}
