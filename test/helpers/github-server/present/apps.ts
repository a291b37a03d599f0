import { type AccessToken, type GitHubState, type Installation, isoSeconds, nodeId } from "../state.ts";
import type { Delivery } from "../webhooks.ts";
import { presentRepository } from "./repositories.ts";
import { presentUser } from "./users.ts";

/** `integration` of the API: the App itself. */
export function presentApp(state: GitHubState) {
  const { app, urls } = state;
  return {
    id: app.id,
    slug: app.slug,
    node_id: nodeId("A", app.id),
    client_id: `Iv1.${app.id.toString(16).padStart(16, "0")}`,
    owner: presentUser(state, app.owner),
    name: app.name ?? app.slug,
    description: app.description ?? null,
    external_url: urls.html,
    html_url: `${urls.html}/apps/${app.slug}`,
    created_at: app.createdAt,
    updated_at: app.createdAt,
    permissions: { metadata: "read", ...app.permissions },
    events: app.events,
  };
}

/** The answer to the code of a manifest: the only time that GitHub shows the key and the secrets. */
export function presentNewApp(state: GitHubState) {
  return {
    ...presentApp(state),
    client_secret: "b".repeat(40),
    webhook_secret: state.hooks.url === null ? null : state.hooks.secret,
    pem: state.privateKey,
  };
}

/** `webhook-config` of the API; without a URL where the App has no webhook. */
export function presentHook({ hooks: { url } }: GitHubState) {
  return { content_type: "json", insecure_ssl: "0", secret: "********", ...(url !== null && { url }) };
}

export function presentInstallation(state: GitHubState, installation: Installation) {
  const { app, urls } = state;
  return {
    id: installation.id,
    app_id: app.id,
    app_slug: app.slug,
    client_id: presentApp(state).client_id,
    account: presentUser(state, installation.account),
    target_id: installation.account.id,
    target_type: installation.account.type,
    repository_selection: "selected",
    access_tokens_url: `${urls.api}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${urls.api}/installation/repositories`,
    html_url: `${urls.html}/settings/installations/${installation.id}`,
    permissions: { metadata: "read", ...installation.permissions },
    events: installation.events,
    single_file_name: null,
    created_at: installation.createdAt,
    updated_at: installation.createdAt,
    suspended_by: null,
    suspended_at: null,
  };
}

/** `installation-token` of the API. Repositories stand in it only where the client named some. */
export function presentToken(state: GitHubState, token: AccessToken) {
  const named = [...state.repositories].filter(([key]) => token.narrowed && token.repositories.has(key));
  return {
    token: token.value,
    expires_at: isoSeconds(token.expiresAt),
    permissions: { metadata: "read", ...token.permissions },
    repository_selection: "selected",
    ...(token.narrowed && { repositories: named.map(([, repository]) => presentRepository(state, repository)) }),
  };
}

/** `hook-delivery-item`: as the list of deliveries shows it, without the payload. */
export function presentDelivery(delivery: Delivery) {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.deliveredAt,
    redelivery: delivery.redelivery,
    duration: delivery.duration,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}
