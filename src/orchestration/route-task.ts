import type { ModelRole } from "../model/model.ts";
import { limits } from "../shared/limits.ts";
import type { ClassifiedTask, Route, TaskType } from "./task-type.ts";

/** Documentation wants both: what the code does, said by the model that reads code, worded by the one that writes. */
const rolesOf: Record<TaskType, ModelRole[]> = {
  coding: ["coding"],
  testing: ["coding"],
  research: ["research"],
  documentation: ["coding", "research"],
};

/** Which models a task goes to. */
export function routeTask({ type, confidence }: ClassifiedTask): Route {
  return { roles: rolesOf[type], sure: confidence >= limits.routeConfidence };
}
