import { addReaction } from "../changes/issues.ts";
import { notFound } from "../errors.ts";
import { presentReaction } from "../present/issues.ts";
import { json, noContent, paged, repositoryRoute, type RepositoryRequest, type Route } from "../router.ts";
import type { Reaction } from "../state.ts";
import { issueCommentOf, issueOf } from "./issues.ts";
import { originOf } from "./origin.ts";
import { reviewCommentOf } from "./review-comments.ts";

type Level = "read" | "write";
type FindReactions = (request: RepositoryRequest, level: Level) => Reaction[];

const forIssues = (level: Level) => [`issues:${level}`, `pull_requests:${level}`];
const forPulls = (level: Level) => [`pull_requests:${level}`];

export const reactionRoutes: Route[] = [
  ...reactionsOf("/issues/{issue_number}", forIssues, (request, level) => issueOf(request, level).reactions),
  ...reactionsOf(
    "/issues/comments/{comment_id}",
    forIssues,
    (request, level) => issueCommentOf(request, level).reactions,
  ),
  ...reactionsOf("/pulls/comments/{comment_id}", forPulls, (request) => reviewCommentOf(request).reactions),
];

function reactionsOf(of: string, permissions: (level: Level) => string[], find: FindReactions): Route[] {
  return [
    repositoryRoute(`GET ${of}/reactions`, permissions("read"), (request) => {
      const content = request.query.get("content");
      const shown = find(request, "read").filter((reaction) => !content || reaction.content === content);
      return paged(request, shown, (reaction) => presentReaction(request.state, reaction));
    }),
    repositoryRoute(`POST ${of}/reactions`, permissions("write"), (request) => {
      const content = String(request.body["content"]);
      const { reaction, created } = addReaction(originOf(request), find(request, "write"), content);
      return json(presentReaction(request.state, reaction), created ? 201 : 200);
    }),
    repositoryRoute(`DELETE ${of}/reactions/{reaction_id}`, permissions("write"), (request) => {
      const reactions = find(request, "write");
      const index = reactions.findIndex((reaction) => reaction.id === Number(request.params["reaction_id"]));
      if (index < 0) throw notFound();
      reactions.splice(index, 1);
      return noContent();
    }),
  ];
}
