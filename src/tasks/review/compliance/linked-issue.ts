/** TYPE FILE of the tasks stage: an issue that a change says it closes. Untrusted text. */
export interface LinkedIssue {
  number: number;
  title: string;
  body: string;
  state: "open" | "closed";
}
