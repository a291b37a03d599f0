import type { Evidence } from "../../retrieval/evidence.ts";
import type { RepositoryId } from "../../shared/repository.ts";
import { list, type Group } from "./body.ts";
import { citationLink } from "./links.ts";
import { withOwnCommits } from "./own-commits.ts";
import { sanitizeInline } from "./sanitize.ts";

/**
 * One list item: where it stands, and why it was retrieved; of who knows the code, the person first. The score orders the list; its
 * number tells a reader nothing.
 */
export function evidenceItem(repository: RepositoryId, evidence: Evidence): string {
  const { citation, why } = evidence;
  const reason = withOwnCommits(sanitizeInline(why), [evidence]);
  const link = citationLink(evidence.repository ?? repository, citation);
  return evidence.kind === "owner" ? `- ${reason} (${link})` : `- ${link}: ${reason}`;
}

export function evidenceList(repository: RepositoryId, evidence: readonly Evidence[], before = ""): Group {
  return list(
    evidence.map((one) => evidenceItem(repository, one)),
    before,
  );
}
