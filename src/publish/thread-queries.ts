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

/** The same with what people did under the first comment of each thread, and the head that they did it on. */
export const findingThreadsQuery = `query ($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      headRefOid
      reviewThreads(first: 100, after: $after) {
        nodes {
          isResolved
          isOutdated
          resolvedBy { login }
          comments(first: 1) {
            nodes {
              id
              body
              author { __typename login }
              isMinimized
              minimizedReason
              reactions(first: 50) { nodes { content user { login } } }
            }
          }
        }
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
