/** What GraphQL is asked about threads, in a dry run as on GitHub. */
export const threadsQuery = `query ($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: 100, after: $after) {
        nodes { id isResolved resolvedBy { login } comments(first: 1) { nodes { id } } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}`;

/** Asks for one variable, `id`. */
export function threadMutation(resolved: boolean): string {
  const field = resolved ? "resolveReviewThread" : "unresolveReviewThread";
  return `mutation ($id: ID!) { ${field}(input: { threadId: $id }) { thread { id isResolved } } }`;
}
