import { limits } from "../shared/limits.ts";
import type { DashboardData } from "./dashboard-data.ts";
import { document, frame, type PageOptions } from "./frame.ts";
import { type Html, html, nothing, trusted } from "./html.ts";
import { renderSections } from "./sections.ts";
import { ago } from "./words.ts";

/** The whole page. It asks for nothing from elsewhere; without a script it is as new as its last reload. */
export function renderPage(data: DashboardData, options: PageOptions): Html {
  const links = headings.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li> `);
  const aside = html`<p class="live">
    <label hidden><input type="checkbox" id="live" checked /> Live</label>
    <noscript>Reload the page to see what is new.</noscript>
  </p>`;
  const main = html`<nav aria-label="Parts of the page" class="parts">
      <ul>
        ${links}
      </ul>
    </nav>
    <main id="main" tabindex="-1">${renderFragment(data)}</main>`;
  return frame({ page: "overview", title: "Dashboard of Engram Assistant", aside, main, script }, options);
}

/** What changes: the inside of the page's main part. */
export function renderFragment(data: DashboardData): Html {
  const now = new Date(data.at).toISOString();
  return html`<p id="looked" class="quiet">
      As of <time datetime="${now}">${now.slice(0, 19).replace("T", " ")} UTC</time>; the service began
      ${ago(data.startedAt, data.at)}.
    </p>
    ${renderSections(data)}`;
}

export function renderLogin({ nonce, wrong }: { nonce: string; wrong: boolean }): Html {
  const body = html`<main id="main">
    <h1>Engram Assistant</h1>
    <form method="post" action="/dashboard/login" class="login">
      <label for="token">Token of the dashboard (<code>server.dashboard_token</code>)</label>
      <input
        id="token"
        name="token"
        type="password"
        autocomplete="current-password"
        required
        autofocus${wrong ? trusted(' aria-invalid="true" aria-describedby="wrong"') : nothing}
      />
      ${wrong ? html`<p id="wrong" class="bad" role="alert">This is not the token.</p>` : nothing}
      <button>Sign in</button>
    </form>
  </main>`;
  return document("Sign in: Engram Assistant", body, nonce);
}

/** For whoever may not see the page, and cannot sign in. */
export function renderRefusal(nonce: string): Html {
  const body = html`<main id="main">
    <h1>Only for this machine</h1>
    <p>
      The dashboard is shown to this machine alone, by the name <code>localhost</code> or <code>127.0.0.1</code>. To see
      it from elsewhere, set <code>server.dashboard_token</code> (<code>DASHBOARD_TOKEN</code>) and sign in with it.
    </p>
  </main>`;
  return document("Not shown: Engram Assistant", body, nonce);
}

const headings: [id: string, title: string][] = [
  ["repositories", "Repositories"],
  ["queue", "Queue"],
  ["models", "Models"],
  ["previews", "Previews"],
  ["outcomes", "Outcomes"],
  ["calibration", "Calibration"],
  ["acceptance", "Acceptance"],
  ["limits", "Rate limits"],
];

/**
 * Puts in new parts where something changed. What a reader stands in by keyboard or has selected stays as it is until they
 * leave it; what they opened stays open. Nothing from the network is run: the policy allows this one script.
 */
const script = `
const main = document.getElementById("main"), live = document.getElementById("live");
live.parentElement.hidden = false;
const shown = new Map();
for (const part of main.children) shown.set(part.id, part.outerHTML);
const isRead = (part) => part.querySelector(":focus-visible") !== null ||
  !getSelection().isCollapsed && getSelection().containsNode(part, true);
async function look() {
  if (!live.checked || document.hidden) return;
  const answer = await fetch("/dashboard/fragment", { headers: { accept: "text/html" } }).catch(() => null);
  if (answer === null) return say("The service does not answer.");
  if (answer.status === 401 || answer.status === 403) return location.reload();
  if (!answer.ok) return say("The service cannot tell how it is now.");
  const told = document.createElement("template");
  told.innerHTML = await answer.text();
  for (const fresh of [...told.content.children]) {
    const old = document.getElementById(fresh.id);
    if (old === null || shown.get(fresh.id) === fresh.outerHTML || isRead(old)) continue;
    shown.set(fresh.id, fresh.outerHTML);
    const open = new Set([...old.querySelectorAll("details[open]")].map((one) => one.dataset.key));
    for (const one of fresh.querySelectorAll("details")) one.open = open.has(one.dataset.key);
    old.replaceWith(fresh);
  }
}
function say(text) {
  const line = document.getElementById("looked");
  line.textContent = text;
  shown.delete("looked");
}
setInterval(() => look().catch(() => say("The service cannot tell how it is now.")), ${limits.dashboardRefreshMs});
`;
