import { type GitHubState, nodeId, type User } from "../state.ts";

/** Who wrote something: nobody any more where the account is gone. */
export function presentAuthor(state: GitHubState, user: User) {
  return user.deleted ? null : presentUser(state, user);
}

/** `simple-user` of the API. */
export function presentUser(state: GitHubState, user: User) {
  const { api, html } = state.urls;
  const self = `${api}/users/${encodeURIComponent(user.login)}`;
  const page = user.type === "Bot" ? `${html}/apps/${user.login.replace(/\[bot\]$/, "")}` : `${html}/${user.login}`;
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId(user.type === "Bot" ? "BOT" : "U", user.id),
    avatar_url: `${html}/avatars/u/${user.id}`,
    gravatar_id: "",
    url: self,
    html_url: page,
    followers_url: `${self}/followers`,
    following_url: `${self}/following{/other_user}`,
    gists_url: `${self}/gists{/gist_id}`,
    starred_url: `${self}/starred{/owner}{/repo}`,
    subscriptions_url: `${self}/subscriptions`,
    organizations_url: `${self}/orgs`,
    repos_url: `${self}/repos`,
    events_url: `${self}/events{/privacy}`,
    received_events_url: `${self}/received_events`,
    type: user.type,
    site_admin: false,
  };
}
