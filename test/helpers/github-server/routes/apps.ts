import { createToken } from "../auth.ts";
import { notFound } from "../errors.ts";
import {
  presentApp,
  presentDelivery,
  presentHook,
  presentInstallation,
  presentNewApp,
  presentToken,
} from "../present/apps.ts";
import { presentRepository } from "../present/repositories.ts";
import { type Answer, json, paged, type Request, type Route, route } from "../router.ts";
import { githubLimits } from "../github-limits.ts";
import { type GitHubState, type Installation, installationOf, type Permissions, repositoryName } from "../state.ts";

export const appRoutes: Route[] = [
  route("GET /app", "app", ({ state }) => json(presentApp(state))),
  route("GET /app/installations", "app", (request) =>
    paged(request, request.state.installations, (one) => presentInstallation(request.state, one)),
  ),
  route("GET /app/installations/{installation_id}", "app", (request) =>
    json(presentInstallation(request.state, installationNumbered(request))),
  ),
  route("POST /app/installations/{installation_id}/access_tokens", "app", createAccessToken),
  route("POST /app-manifests/{code}/conversions", "anybody", convertManifest),
  route("GET /app/hook/config", "app", ({ state }) => json(presentHook(state))),
  route("GET /app/hook/deliveries", "app", listDeliveries),
  route("POST /app/hook/deliveries/{delivery_id}/attempts", "app", redeliver),
  // GitHub answers this one for the App, not for an installation.
  route("GET /repos/{owner}/{repo}/installation", "app", repositoryInstallation),
  route("GET /rate_limit", "anybody", ({ state }) => json(rateLimit(state, state.installations[0]))),
  {
    method: "GET",
    template: "/installation/repositories",
    access: "installation",
    handle: (request, token) => {
      const seen = [...request.state.repositories.values()].filter((repository) =>
        token?.repositories.has(repositoryName(repository).toLowerCase()),
      );
      return paged(
        request,
        seen,
        (repository) => presentRepository(request.state, repository),
        (repositories, total_count) => ({ total_count, repository_selection: "selected", repositories }),
      );
    },
  },
];

/** Once for each code: the App becomes what the manifest asked for. */
function convertManifest({ state, params }: Request): Answer {
  const code = params["code"] ?? "";
  const manifest = state.manifests.get(code);
  if (!manifest) throw notFound();
  state.manifests.delete(code);
  const { name, description = null, hook_attributes: hook, default_permissions, default_events } = manifest;
  const slug = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  Object.assign(state.app, {
    name,
    slug,
    description,
    permissions: default_permissions ?? {},
    events: default_events ?? [],
  });
  state.hooks.setUrl(hook?.url ?? null);
  return json(presentNewApp(state), 201);
}

/** What `GET /rate_limit` and the x-ratelimit headers say about an installation's hour. */
export function rateLimit(state: GitHubState, installation: Installation | undefined) {
  const limit = githubLimits.requestsPerHour;
  const used = installation?.requestsUsed ?? 0;
  const hour = 3_600_000;
  const reset = (Math.floor(state.now() / hour) + 1) * 3_600;
  const core = { limit, used, remaining: Math.max(0, limit - used), reset };
  const unused = { limit: 30, used: 0, remaining: 30, reset };
  return { resources: { core, search: unused, graphql: { ...unused, limit, remaining: limit } }, rate: core };
}

function installationNumbered({ state, params }: Request): Installation {
  const installation = state.installations.find((one) => one.id === Number(params["installation_id"]));
  if (!installation) throw notFound();
  return installation;
}

function createAccessToken(request: Request): Answer {
  const {
    repositories,
    repository_ids: ids,
    permissions,
  } = request.body as {
    repositories?: string[];
    repository_ids?: number[];
    permissions?: Permissions;
  };
  const known = [...request.state.repositories.values()];
  const named = ids?.map((id) => known.find((repository) => repository.id === id)?.name ?? String(id));
  const token = createToken(request.state, installationNumbered(request), {
    repositories: repositories ?? named,
    permissions,
  });
  return json(presentToken(request.state, token), 201);
}

/** Newest first. GitHub pages this list by `cursor`; here everything after the cursor's id comes on one page. */
function listDeliveries(request: Request): Answer {
  const size = Math.min(Number(request.query.get("per_page") ?? githubLimits.pageItems), githubLimits.pageItemsMax);
  const cursor = Number(request.query.get("cursor") ?? Infinity);
  const older = request.state.hooks.deliveries.filter((delivery) => delivery.id < cursor).reverse();
  const page = older.slice(0, size);
  const next =
    older.length > size
      ? `<${request.state.urls.api}${request.path}?per_page=${size}&cursor=${page.at(-1)?.id}>; rel="next"`
      : "";
  return { status: 200, json: page.map(presentDelivery), headers: next ? { link: next } : {} };
}

function redeliver({ state, params }: Request): Answer {
  const id = Number(params["delivery_id"]);
  if (!state.hooks.deliveries.some((delivery) => delivery.id === id)) throw notFound();
  void state.hooks.redeliver(id); // GitHub, too, answers before the delivery is made
  return json({}, 202);
}

function repositoryInstallation({ state, params }: Request): Answer {
  const repository = state.repositories.get(`${params["owner"]}/${params["repo"]}`.toLowerCase());
  const installation = repository && installationOf(state, repository);
  if (!installation) throw notFound();
  return json(presentInstallation(state, installation));
}
