import type { AcceptanceFigure } from "../feedback/feedback.ts";
import type { CalibrationTable, DashboardData, ModelRow, RepositoryRow } from "./dashboard-data.ts";
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
    const cells = rows.map(({ key, engram, off: switched, calibration }) => [
      key,
      engram === null ? "none yet" : sizeOf(engram.bytes),
      engram === null ? "" : ago(engram.updatedAt, at),
      switched === null ? "on" : html`<strong class="bad">off</strong>, by ${switched.by}, ${ago(switched.at, at)}`,
      calibration === null
        ? "not yet"
        : `${counted(calibration.pulls, "pull request")}${calibration.complete ? "" : " so far"}`,
    ]);
    return table(
      "What is kept of each repository",
      ["repository", "engram", "updated", "switch", "calibrated by"],
      cells,
    );
  });
  return html`${off ?? nothing}${body}`;
}

function queue({ queue: told, at }: DashboardData): Html {
  return known(told, ({ counts, depths, shown }) => {
    const waiting = depths.map(({ kind, waiting: jobs, oldestMs }) => [kind, String(jobs), spanOf(oldestMs)]);
    const running = shown.filter(({ endedAt }) => endedAt === null);
    const failed = shown.filter(({ endedAt }) => endedAt !== null);
    const failures = failed.map(({ kind, subject, attempt, error, endedAt }) => [
      kind,
      subject,
      ago(endedAt ?? Number.NaN, at),
      String(attempt),
      error ?? "",
    ]);
    const { done } = counts;
    const sum = `${counts.waiting} waiting, ${counts.running} running, ${done} done, ${counts.failed} failed.`;
    return html`<p>${sum}</p>
      ${waiting.length === 0 ? empty("Nothing waits.") : table("Waiting jobs", ["kind", "jobs", "oldest due for"], waiting)}
      ${
        running.length === 0
          ? empty("Nothing runs.")
          : table(
              "Running jobs",
              ["kind", "subject", "try", "last try's error"],
              running.map(({ kind, subject, attempt, error }) => [kind, subject, String(attempt), error ?? ""]),
            )
      }
      ${failures.length === 0 ? empty("No job has failed.") : table("Failed jobs, those that failed last", ["kind", "subject", "failed", "tries", "error"], failures)}`;
  });
}

function models(rows: ModelRow[]): Html {
  if (rows.length === 0)
    return empty("None is installed: reviews and triage show what code found. `assistant models pull` installs one.");
  const cells = rows.map(({ name, bytes, status, tokensPerSecond }) => [
    name,
    bytes === null ? "elsewhere" : sizeOf(bytes),
    status === null
      ? "not asked yet"
      : `${status.running} of ${counted(status.slots, "slot")} at work, ${status.waiting} waiting`,
    tokensPerSecond === null ? "not measured" : tokensPerSecond.toFixed(1),
  ]);
  const may = rows.map(({ name, abilities }) => {
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

function outcomes({ outcomes: told, at, protocol }: DashboardData): Html {
  return known(told, (shown) => {
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
