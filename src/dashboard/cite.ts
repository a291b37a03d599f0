import { type Citation, type Evidence, formatCitation } from "../retrieval/evidence.ts";
import { repositoryKey } from "../shared/repository.ts";
import type { ShownOutcome } from "./dashboard-data.ts";
import { type Html, html } from "./html.ts";
import { list } from "./parts.ts";

/** Where a repository's pages are. */
export interface Site {
  protocol: "https" | "http";
  /** repositoryKey. */
  repository: string;
}

/** Evidence as a list: what it cites, linked, why it was retrieved, and its lines. */
export function evidenceList(evidence: readonly Evidence[], site: Site): Html {
  return list(
    evidence.map((one) => {
      const at = one.repository === undefined ? site : { ...site, repository: repositoryKey(one.repository) };
      return html`${cite(one.citation, at)} ${one.why}
        <pre>${one.text}</pre>`;
    }),
  );
}

function cite(citation: Citation, site: Site): Html {
  const path = pageOf(citation);
  return linked(formatCitation(citation), path, site);
}

/** The pull request, issue or commit that an outcome is about. */
export function subjectLink({ outcome }: ShownOutcome, site: Site): Html {
  if (outcome.kind === "implement") {
    return outcome.number === null
      ? html`a local clone`
      : linked(`#${outcome.number}`, `issues/${outcome.number}`, site);
  }
  if (outcome.subject !== null) {
    const { kind, number } = outcome.subject;
    return linked(`#${number}`, `${kind === "pull" ? "pull" : "issues"}/${number}`, site);
  }
  if (outcome.kind !== "review") return html`a local clone`;
  return linked(outcome.head.slice(0, 12), `commit/${encodeURIComponent(outcome.head)}`, site);
}

/** Text alone where the repository has no pages. */
export function linked(text: string, page: string, { protocol, repository }: Site): Html {
  const [host = "", ...names] = repository.split("/");
  if (host === "local" || names.length !== 2 || !/^[a-z0-9.-]+(:\d+)?$/.test(host)) return html`<code>${text}</code>`;
  const url = `${protocol}://${host}/${names.map(encodeURIComponent).join("/")}/${page}`;
  return html`<a href="${url}" rel="noreferrer"><code>${text}</code></a>`;
}

/** Below the repository's page. Each part is encoded: a path may hold anything. */
function pageOf(citation: Citation): string {
  switch (citation.kind) {
    case "code": {
      const path = citation.path.split("/").map(encodeURIComponent).join("/");
      return `blob/${encodeURIComponent(citation.commit)}/${path}#L${citation.startLine}-L${citation.endLine}`;
    }
    case "commit":
      return `commit/${encodeURIComponent(citation.commit)}`;
    case "issue":
      return `issues/${citation.number}`;
    case "pull":
      return `pull/${citation.number}`;
    case "comment": {
      const { number, id, on } = citation;
      const anchor = on === "lines" ? `discussion_r${id}` : `issuecomment-${id}`;
      return `${on === "issue" ? "issues" : "pull"}/${number}#${anchor}`;
    }
  }
}
