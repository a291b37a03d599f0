import type { Evidence } from "../retrieval/evidence.ts";
import type { Finding } from "./outcome.ts";

/** Whether evidence shows the finding's own place: lines of the anchored file that overlap the anchor. */
export function isHere({ citation }: Evidence, { anchor }: Finding): boolean {
  return (
    anchor !== null &&
    citation.kind === "code" &&
    citation.path === anchor.path &&
    citation.startLine <= anchor.endLine &&
    citation.endLine >= anchor.startLine
  );
}
