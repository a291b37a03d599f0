import { expect } from "vitest";
import { demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import { it, type Service } from "../../helpers/service.ts";

const { pull } = demoRepository;

it.concurrent("says by the repository's own labels how big a pull request is", async ({ start }) => {
  const sizes = "size_labels: {size/S: 0, size/M: 20, size/L: 60, size/XL: 5000}";
  const service = await start({ config: `mode: auto\nreview:\n  ${sizes}\n` });
  const { github, repository } = service;
  for (const name of ["size/S", "size/M", "size/L", "bug"]) github.createLabel(repository, name);
  github.hooks.hold();
  await service.openPull();
  github.label(repository, "maren-ok", pull.number, ["bug", "size/S"]);
  await github.hooks.flush();
  await service.idle();
  expect(labels(service)).toEqual(["bug", "size/L"]);

  const { length } = service.writes();
  await service.push("push2");
  await service.idle();
  expect(labels(service)).toEqual(["bug", "size/L"]);
  expect(
    service
      .writes()
      .slice(length)
      .filter((one) => one.includes("/labels")),
  ).toEqual([]);
  expect(repository.labels.map(({ name }) => name)).not.toContain("size/XL");
});

function labels({ repository }: Service): string[] {
  const issue = repository.issues.find(({ number }) => number === pull.number);
  return (issue?.labels ?? []).map(({ name }) => name).sort();
}
