import type { Evidence } from "../../retrieval/evidence.ts";
import type { RepositoryId } from "../../shared/repository.ts";
import { list, type Group } from "./body.ts";
import { citationLink } from "./links.ts";
import { sanitizeInline } from "./sanitize.ts";

/** One list item: where it stands, why it was retrieved, and its score within its kind. */
export function evidenceItem(repository: RepositoryId, { citation, why, score }: Evidence): string {
  return `- ${citationLink(repository, citation)}: ${sanitizeInline(why)} (score ${score.toFixed(2)})`;
}

export function evidenceList(repository: RepositoryId, evidence: readonly Evidence[], before = ""): Group {
  return list(
    evidence.map((one) => evidenceItem(repository, one)),
    before,
  );
}
