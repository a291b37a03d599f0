/** Enter sends the form, as in a line of its own; without a script the button does. */
export const sendScript = `
const form = document.getElementById("send");
form?.q.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});
`;

/**
 * Asks without leaving the page: what the server tells is markup of ours, escaped there, and put in as it comes. To stop is to
 * hang up, which ends the model's work.
 */
export const askScript = `
const turns = document.getElementById("turns"), blank = document.getElementById("blank");
const stop = document.getElementById("stop"), send = document.getElementById("ask"), said = document.getElementById("said");
let running = null;
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (running === null && form.q.value.trim() !== "") ask(form.q.value.trim());
});
stop?.addEventListener("click", () => running?.abort());
async function ask(text) {
  running = new AbortController();
  const turn = turns.children.length + 1;
  const body = new URLSearchParams(new FormData(form));
  body.set("turn", String(turn));
  const article = begin(turn, text);
  busy(true);
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { accept: "text/event-stream" }, signal: running.signal });
    if (answer.status === 401) return location.reload();
    if (answer.ok) await follow(answer.body, article, turn);
    else fail(article, await answer.text());
  } catch {
    const stopped = running.signal.aborted;
    tell(stopped ? "Stopped." : "The service does not answer.");
    part(article, ".answer").insertAdjacentHTML("beforeend", stopped
      ? '<p class="quiet">Stopped: nothing of this answer is kept.</p>'
      : '<p class="bad">The answer broke off. Ask again.</p>');
  } finally {
    running = null;
    busy(false);
  }
}
function begin(turn, text) {
  const article = blank.content.firstElementChild.cloneNode(true);
  article.id = "t" + turn;
  const title = part(article, ".question");
  title.id = article.id + "-question";
  title.textContent = text;
  article.setAttribute("aria-labelledby", title.id);
  part(article, ".answer").setAttribute("aria-live", "polite");
  part(article, ".cited").setAttribute("aria-label", "What the answer to question " + turn + " cites");
  document.getElementById("introduction")?.remove();
  turns.append(article);
  article.scrollIntoView({ block: "start" });
  return article;
}
async function follow(body, article, turn) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "", ended = false;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const blocks = (rest + value).split("\\n\\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const type = /^event: (.*)$/m.exec(block)?.[1];
      const data = JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? "{}");
      article = take(type, data, article);
      if (type === "done" || type === "error") ended = true;
    }
  }
  if (!ended) throw new Error("the answer broke off");
}
function take(type, data, article) {
  if (type === "status") tell(data.text);
  if (type === "passage") part(article, ".cited ol").insertAdjacentHTML("beforeend", data.html);
  if (type === "sentence") part(article, ".answer").insertAdjacentHTML("beforeend", data.html);
  if (type === "restart") part(article, ".answer").replaceChildren();
  if (type === "error") fail(article, data.html);
  if (type !== "done") return article;
  const told = document.createElement("template");
  told.innerHTML = data.html;
  const fresh = told.content.firstElementChild;
  article.replaceWith(fresh);
  tell(data.text);
  form.q.value = "";
  const address = new URLSearchParams({ in: form.elements.in.value, conversation: form.conversation.value });
  history.replaceState(null, "", "/dashboard/ask?" + address);
  return fresh;
}
function fail(article, markup) {
  part(article, ".answer").insertAdjacentHTML("beforeend", markup);
  tell("");
}
function part(article, selector) { return article.querySelector(selector); }
function tell(text) { said.textContent = text; }
function busy(is) {
  send.disabled = is;
  stop.hidden = !is;
  turns.setAttribute("aria-busy", String(is));
  if (is) { tell("Looking …"); stop.focus(); } else form.q.focus({ preventScroll: true });
}
function show(passage) {
  passage.scrollIntoView({ block: "nearest" });
  passage.focus({ preventScroll: true });
}
turns?.addEventListener("click", (event) => {
  const passage = event.target.closest?.("a.citation") && document.getElementById(event.target.closest("a.citation").hash.slice(1));
  if (!passage) return;
  event.preventDefault();
  show(passage);
});
let typed = "", typedAt = 0;
turns?.addEventListener("keydown", (event) => {
  if (!/^[0-9]$/.test(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
  const passageOf = (number) => document.getElementById(event.target.closest("article")?.id + "-p" + number);
  typed = event.timeStamp - typedAt < 1000 ? typed + event.key : event.key;
  typedAt = event.timeStamp;
  const passage = passageOf(typed) ?? passageOf(event.key);
  if (passage) show(passage);
});
turns?.lastElementChild?.scrollIntoView({ block: "start" });
`;
