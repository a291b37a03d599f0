import type { NewApp } from "./setup-files.ts";
import { type AppManifest, explainPermissions } from "./setup-manifest.ts";

/** What will be asked for, and the button that goes to GitHub with it. */
export function renderForm(manifest: AppManifest, action: string): string {
  const rows = explainPermissions(manifest)
    .map(([permission, why]) => `<tr><td><code>${escape(permission)}</code></td><td>${escape(why)}</td></tr>`)
    .join("");
  const hook = manifest.hook_attributes?.url;
  return page(`<p>GitHub shows the app once more before it registers it; its name can be changed there.</p>
<table><tr><th>Permission</th><th>What for</th></tr>${rows}</table>
<p>${hook === undefined ? "It gets no webhook: the server asks GitHub what is new." : `Webhook: <code>${escape(hook)}</code>`}</p>
<form method="post" action="${escape(action)}">
<input type="hidden" name="manifest" value="${escape(JSON.stringify(manifest))}">
<button>Register ${escape(manifest.name)} on GitHub</button>
</form>`);
}

export function renderDone({ name, html_url: url }: NewApp): string {
  return page(`<p>${escape(name)} is registered, and its key is kept. The terminal says what comes next:
<a href="${escape(url)}/installations/new">install it on repositories</a>, for one.</p>`);
}

export function renderMessage(text: string): string {
  return page(`<p>${escape(text)}</p>`);
}

function page(body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Engram Assistant: set-up</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem }
td, th { text-align: left; padding: .25rem 1rem .25rem 0; vertical-align: top }
button { font: inherit; padding: .5rem 1rem; margin-top: 1rem }
</style></head>
<body><h1>Engram Assistant: set-up</h1>
${body}
</body></html>
`;
}

function escape(text: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (character) => names[character] ?? character);
}
