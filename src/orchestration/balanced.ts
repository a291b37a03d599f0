import type { GenerateRequest, Model, ModelStatus, Prompt, ScoreRequest } from "../model/model.ts";
import { type Backend, backendOf } from "./backend.ts";
import { cannotScore, codeOf, isBackendsFault } from "./errors.ts";
import type { ModelMetrics } from "./meter.ts";
import { restartable } from "./restartable.ts";

export interface BalancedModel extends Model {
  metrics(): ModelMetrics[];
}

/**
 * Load balancer: one model over several with the same weights. A request goes where least is to be done: (running +
 * waiting) / slots × recent time of an answer; among equals where its beginning is warm, then to the faster one. Where that
 * one fails or is full, the next one is asked at once. Errors: the last one's; where all are left alone, that (transient).
 */
export function balanced(
  models: readonly Model[],
  backend: (model: Model) => Backend = (model) => backendOf(model),
): BalancedModel {
  const members = models.map((model) => ({ backend: backend(model), warm: [] as string[] }));
  const first = members[0]?.backend.model;
  if (first === undefined) throw new RangeError("a balanced model needs at least one model");

  async function ask<R>(
    request: GenerateRequest<never> | ScoreRequest,
    able: Member[],
    send: (backend: Backend) => Promise<R>,
  ): Promise<R> {
    const head = headOf(request.messages);
    const untried = new Set(able);
    let failure: unknown;
    for (;;) {
      const usable = [...untried].filter((member) => member.backend.usable());
      const member = leastLoaded(usable, head);
      if (member === undefined) throw failure ?? soonestRefusal(able);
      untried.delete(member);
      member.warm = [head, ...member.warm.filter((other) => other !== head)].slice(0, slotsOf(member));
      try {
        return await send(member.backend);
      } catch (error) {
        const over = request.signal?.aborted === true || Date.now() > (request.deadline ?? Infinity);
        if (over || !isMembersFault(error)) throw error;
        failure = error;
      }
    }
  }

  const scoring = members.filter(({ backend }) => backend.model.score !== undefined);

  return {
    identity: first.identity,
    // What every member can hold: which one will answer is not known before.
    contextTokens: Math.min(...models.map((model) => model.contextTokens)),
    generate(request) {
      const { attempt } = restartable(request);
      return ask(request as GenerateRequest<never>, members, (to) =>
        to.call(
          request,
          () => to.model.generate(attempt()),
          ({ ms }) => ms,
        ),
      );
    },
    ...(scoring.length > 0 && {
      score: (request: ScoreRequest) =>
        ask(request, scoring, (to) => to.call(request, async () => scoreWith(to.model, request))),
    }),
    async countTokens(text) {
      let failure: unknown;
      for (const { backend: to } of byUsable(members)) {
        try {
          return await to.model.countTokens(text);
        } catch (error) {
          failure = error;
        }
      }
      throw failure;
    },
    status: () => total(members.filter((member) => member.backend.usable()).map(statusOf)),
    metrics: () => members.map(({ backend: { meter, model } }) => meter.metrics(model.identity.name)),
    async close() {
      await Promise.all(models.map((model) => model.close()));
    },
  };
}

interface Member {
  backend: Backend;
  /** Beginnings of the last prompts, as many as it has slots to keep them in. */
  warm: string[];
}

/** Messages of a prompt usually begin with the same instruction; a plain text is told by its first characters. */
function headOf(prompt: Prompt): string {
  return typeof prompt === "string" ? prompt.slice(0, 500) : (prompt[0]?.content ?? "");
}

function leastLoaded(members: Member[], head: string): Member | undefined {
  const ranked = members.map((member) => {
    const recentMs = member.backend.meter.recentWorkMs();
    return {
      member,
      load: loadOf(member, recentMs),
      cold: member.warm.includes(head) ? 0 : 1,
      recentMs: recentMs ?? 0,
    };
  });
  ranked.sort((a, b) => a.load - b.load || a.cold - b.cold || a.recentMs - b.recentMs);
  return ranked[0]?.member;
}

/** Work in front of a new request, in ms for each slot. What was never measured is taken to need a second. */
function loadOf(member: Member, recentMs: number | null): number {
  const { slots, running, waiting } = statusOf(member);
  return ((running + waiting) / slots) * (recentMs ?? 1_000);
}

/** A back end may learn of a request a moment after it was sent. */
function statusOf({ backend }: Member): ModelStatus {
  const { slots, running, waiting } = backend.model.status();
  const unseen = Math.max(0, backend.inFlight() - running - waiting);
  const free = Math.max(0, Math.min(unseen, slots - running));
  return { slots: Math.max(1, slots), running: running + free, waiting: waiting + unseen - free };
}

function slotsOf(member: Member): number {
  return statusOf(member).slots;
}

function total(statuses: ModelStatus[]): ModelStatus {
  const sum = { slots: 0, running: 0, waiting: 0 };
  for (const { slots, running, waiting } of statuses) {
    sum.slots += slots;
    sum.running += running;
    sum.waiting += waiting;
  }
  return sum;
}

/** Another member may do better: nothing of it lies in the request. */
function isMembersFault(error: unknown): boolean {
  return isBackendsFault(error) || codeOf(error) === "model-busy" || codeOf(error) === "model-closed";
}

function soonestRefusal(members: Member[]): unknown {
  const refusals = members.map(({ backend }) => backend.refusal());
  return refusals.toSorted((a, b) => (a.retryAfterMs ?? 0) - (b.retryAfterMs ?? 0))[0];
}

function byUsable(members: Member[]): Member[] {
  return [...members.filter(({ backend }) => backend.usable()), ...members.filter(({ backend }) => !backend.usable())];
}

async function scoreWith(model: Model, request: ScoreRequest): ReturnType<NonNullable<Model["score"]>> {
  if (model.score === undefined) throw cannotScore(model.identity.name);
  return model.score(request);
}
