import type { AcceptanceFigure } from "../feedback/feedback.ts";
import { limits } from "../shared/limits.ts";
import type { CalibrationTable, DashboardData, ModelRow, RepositoryRow, RunningJob } from "./dashboard-data.ts";
import { type Html, html, nothing } from "./html.ts";
import { empty, folded, known, list, section, table } from "./parts.ts";
import { showOutcome } from "./show-outcome.ts";
import { ago, counted, percent, sizeOf, spanOf } from "./words.ts";

/** All that changes, in the order of the page. */
export function renderSections(data: DashboardData): Html {
  return html`${[
    section("repositories", "Repositories", repositories(data)),
    section("queue", "Queue", queue(data)),
    section("models", "Models", known(data.models, models)),
    section("previews", "Previews", previews(data)),
    section("outcomes", "Recent outcomes", outcomes(data)),
    section(
      "calibration",
      "Calibration",
      known(data.repositories, (rows) => calibrations(rows, data.at)),
    ),
    section("acceptance", "Acceptance of findings", known(data.repositories, acceptance)),
    section("limits", "GitHub's rate limits", rateLimits(data)),
  ]}`;
}

function repositories({ repositories: told, switchedOff, at }: DashboardData): Html {
  const off =
    switchedOff && html`<p class="bad">The whole app is off, by ${switchedOff.by}, ${ago(switchedOff.at, at)}.</p>`;
  const body = known(told, (rows) => {
    if (rows.length === 0) return empty("None yet: one appears with its first pull request, issue or push.");
    const cells = rows.map(({ key, mode, engram, off: switched, calibration }) => [
      key,
      mode ?? html`<span class="quiet">not known yet</span>`,
      engram === null ? "none yet" : sizeOf(engram.bytes),
      engram === null ? "" : ago(engram.updatedAt, at),
      switched === null ? "on" : html`<strong class="bad">off</strong>, by ${switched.by}, ${ago(switched.at, at)}`,
      calibration === null
        ? "not yet"
        : `${counted(calibration.pulls, "pull request")}${calibration.complete ? "" : " so far"}`,
    ]);
    return table(
      "What is kept of each repository",
      ["repository", "mode", "engram", "updated", "switch", "calibrated by"],
      cells,
    );
  });
  return html`${off ?? nothing}${body}`;
}

function queue({ queue: told, at }: DashboardData): Html {
  return known(told, ({ counts, depths, running, failed }) => {
    const waiting = depths.map(({ kind, waiting: jobs, oldestMs }) => [kind, String(jobs), spanOf(oldestMs)]);
    const failures = failed.map(({ kind, subject, attempt, error, endedAt }) => [
      kind,
      subject,
      ago(endedAt ?? Number.NaN, at),
      String(attempt),
      error ?? "",
    ]);
    const { done } = counts;
    const sum = `${counts.waiting} waiting, ${counts.running} running, ${done} done, ${counts.failed} failed.`;
    const none = [
      ...(waiting.length === 0 ? ["Nothing waits."] : []),
      ...(running.length === 0 ? ["Nothing runs."] : []),
      ...(failed.length === 0 ? ["No job has failed."] : []),
    ];
    const heading = ["kind", "subject", "failed", "tries", "error"];
    return html`<p>${sum} <span class="quiet">${none.join(" ")}</span></p>
      ${waiting.length === 0 ? nothing : table("Waiting jobs", ["kind", "jobs", "oldest due for"], waiting)}
      ${running.length === 0 ? nothing : runningTable(running, at)}
      ${failed.length === 0 ? nothing : table("Failed jobs, those that failed last", heading, failures)}`;
  });
}

function runningTable(running: readonly RunningJob[], at: number): Html {
  const cells = running.map(({ kind, subject, attempt, error, worker, here }) => [
    html`${kind} <span class="quiet">${subject}</span>`,
    here === null ? html`<span class="quiet">on ${worker ?? "another machine"}</span>` : stepOf(here),
    here === null ? "" : unbroken(spanOf(at - here.startedAt)),
    here === null ? "" : unbroken(`in ${spanOf(here.startedAt + limits.jobDeadlineMs - at)}`),
    attempt > 1 ? `${attempt}, after: ${error ?? "its machine ended"}` : "1",
  ]);
  return table("Running jobs", ["job", "does now", "for", "ends at the latest", "try"], cells);
}

/** On one line, however narrow its column is. */
function unbroken(text: string): string {
  return text.replaceAll(" ", "\u00A0");
}

/** A bar where it can be counted: parts that a model has read, commits, files. */
function stepOf({ step, done, total }: NonNullable<RunningJob["here"]>): Html {
  if (step === null) return html`<span class="quiet">beginning</span>`;
  if (done === null || total === null || total === 0) return html`${step}`;
  // What follows may say nothing of itself.
  if (done >= total) return html`${step}: all ${total} done, going on`;
  return html`${step}: ${done} of ${total} <progress value="${done}" max="${total}" aria-label="${step}"></progress>`;
}

function models(rows: ModelRow[]): Html {
  if (rows.length === 0)
    return empty("None is installed: reviews and triage show what code found. `assistant models pull` installs one.");
  const cells = rows.map(({ name, bytes, status, tokensPerSecond, encoder }) => [
    name,
    bytes === null ? "elsewhere" : sizeOf(bytes),
    encoder ? "compares issues by what they mean, writes nothing" : useOf(status),
    encoder ? "" : tokensPerSecond === null ? "not measured" : tokensPerSecond.toFixed(1),
  ]);
  const writers = rows.filter(({ abilities }) => abilities.length > 0);
  const may = writers.map(({ name, abilities }) => {
    // Where nothing was measured the reason is the same for all of them.
    const reasons = new Map(abilities.map(({ allowed, reason }) => [`${allowed} ${reason}`, { allowed, reason }]));
    const items = [...reasons].map(([key, { allowed, reason }]) => {
      const alike = abilities.filter((one) => `${one.allowed} ${one.reason}` === key).map(({ ability }) => ability);
      return html`${alike.join(", ")}:
        <strong class="${allowed ? "good" : "bad"}">${allowed ? "qualified" : "not qualified"}</strong>, ${reason}`;
    });
    return html`<h3>${name}: what it may be quoted for</h3>
      ${list(items)}`;
  });
  const heading = ["model", "size", "use", "tokens/s when qualified"];
  return html`${table("Installed and running models", heading, cells)}${may}`;
}

function useOf(status: ModelRow["status"]): string {
  if (status === null) return "not asked yet";
  return `${status.running} of ${counted(status.slots, "slot")} at work, ${status.waiting} waiting`;
}

/** What would have been written, and waits for somebody to look at it and to choose another mode. */
function previews({ outcomes: told, at, protocol }: DashboardData): Html {
  return known(told, (shown) => {
    const kept = shown.filter(({ receipt }) => receipt === null);
    if (kept.length === 0)
      return empty("None: no repository in mode `preview` had anything to say lately. What was written stands below.");
    return html`<p>
        Nothing of these was written to GitHub. Set another <code>mode</code> in the repository's
        <code>.github/assistant.yml</code> to have the next ones written.
      </p>
      ${kept.map((one) => showOutcome(one, at, protocol))}`;
  });
}

function outcomes({ outcomes: all, at, protocol }: DashboardData): Html {
  return known(all, (told) => {
    const shown = told.filter(({ receipt }) => receipt !== null);
    if (shown.length === 0) return empty("None yet: whatever a run finds, writes or keeps back is listed here.");
    return html`${shown.map((one) => showOutcome(one, at, protocol))}`;
  });
}

function calibrations(rows: RepositoryRow[], now: number): Html {
  const judged = rows.flatMap(({ key, calibration }) => (calibration === null ? [] : [{ key, calibration }]));
  if (judged.length === 0)
    return empty("No repository was calibrated yet: its past pull requests are judged after it was synchronised.");
  return html`${judged.map(({ key, calibration }) => {
    const title = `${key}: ${counted(calibration.pulls, "pull request")} judged`;
    return folded(`calibration ${key}`, title, calibrationTable(key, calibration, now));
  })}`;
}

function calibrationTable(key: string, { rows, commit, learntAt, complete }: CalibrationTable, now: number): Html {
  const cells = rows.map(({ kind, band, warnings, right, precision, lower, chance }) => [
    `${kind}, ${band}`,
    `${right} of ${warnings}`,
    percent(precision),
    percent(lower),
    chance === null ? "not known" : percent(chance),
  ]);
  const state = complete ? "" : " Not all are judged yet.";
  return html`<p>Learnt at <code>${commit.slice(0, 12)}</code>, ${ago(learntAt, now)}.${state}</p>
    ${rows.length === 0 ? empty("No warning would have been given in them.") : table(`How often warnings proved right in ${key}`, ["warning", "right", "share", "at least", "by chance"], cells)}`;
}

function acceptance(rows: RepositoryRow[]): Html {
  const answered = rows.filter(({ acceptance: figures }) => figures.length > 0);
  if (answered.length === 0) return empty("No finding was published yet.");
  return html`${answered.map(({ key, acceptance: figures }) => acceptanceTable(key, figures))}`;
}

function acceptanceTable(key: string, figures: AcceptanceFigure[]): Html {
  return html`${acceptanceBars(key, figures)}${acceptanceFigures(key, figures)}`;
}

/** Months side by side: what was accepted, turned down, and not answered. The table below says the same in numbers. */
function acceptanceBars(key: string, figures: AcceptanceFigure[]): Html {
  const months = new Map<string, { accepted: number; dismissed: number; unanswered: number }>();
  for (const { month, accepted, dismissed, unanswered } of figures) {
    const sum = months.get(month) ?? { accepted: 0, dismissed: 0, unanswered: 0 };
    sum.accepted += accepted;
    sum.dismissed += dismissed;
    sum.unanswered += unanswered;
    months.set(month, sum);
  }
  const shown = [...months].sort(([a], [b]) => (a < b ? -1 : 1)).slice(-limits.dashboardMonths);
  const most = Math.max(
    1,
    ...shown.map(([, { accepted, dismissed, unanswered }]) => accepted + dismissed + unanswered),
  );
  const height = (count: number): number => Math.round((80 * count) / most);
  const bars = shown.map(([month, { accepted, dismissed, unanswered }], i) => {
    const parts: [string, number][] = [
      ["accepted", height(accepted)],
      ["dismissed", height(dismissed)],
      ["unanswered", height(unanswered)],
    ];
    let top = 90;
    const stacked = parts.map(([name, tall]) => {
      top -= tall;
      return html`<rect class="${name}" x="${i * 64 + 12}" y="${top}" width="40" height="${tall}"></rect>`;
    });
    return html`${stacked}<text x="${i * 64 + 32}" y="106" text-anchor="middle">${month}</text>`;
  });
  const width = shown.length * 64;
  return html`<figure>
    <svg width="${width}" height="112" viewBox="0 0 ${width} 112" aria-hidden="true">${bars}</svg>
    <figcaption class="quiet">
      ${key}, by month: <span class="key accepted"></span> accepted <span class="key dismissed"></span> dismissed
      <span class="key unanswered"></span> not answered
    </figcaption>
  </figure>`;
}

function acceptanceFigures(key: string, figures: AcceptanceFigure[]): Html {
  const cells = [...figures].reverse().map(({ month, kind, published, accepted, dismissed, unanswered }) => {
    const said = accepted + dismissed;
    const share = said === 0 ? "nobody answered" : `${percent(accepted / said)} of ${said}`;
    return [`${month}, ${kind}`, String(published), String(accepted), String(dismissed), String(unanswered), share];
  });
  const heading = ["month, kind", "published", "accepted", "dismissed", "unanswered", "accepted of answered"];
  return table(`What people made of findings in ${key}`, heading, cells);
}

function rateLimits({ rateLimits: told, at }: DashboardData): Html {
  if (told.length === 0) return empty("GitHub has not been asked for anything since the service began.");
  const cells = told.map(({ installation, resource, remaining, limit, reset }) => {
    const left = reset * 1_000 - at;
    const ends = left <= 0 ? "over" : `in ${spanOf(left)}`;
    return [`${installation}, ${resource}`, `${remaining} of ${limit}`, ends];
  });
  return table("As GitHub's last answers had them", ["installation, resource", "requests left", "window ends"], cells);
}
