import type { Command, Option } from "commander";

/** What can stand behind a verb, as the shells need it. */
interface Place {
  /** Verbs on the way, such as `models pull`; empty for the program. */
  path: string;
  /** And the words that an argument can be. */
  verbs: { name: string; about: string }[];
  options: { long: string; about: string; takesValue: boolean; choices: readonly string[] }[];
}

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** A script that completes verbs, options and their choices, made of what the program itself reads; files where it knows no more. */
export function completionScript(shell: Shell, program: Command): string {
  const places = placesOf(program, "");
  return { bash, zsh, fish }[shell](program.name(), places);
}

function placesOf(command: Command, path: string): Place[] {
  const help = command.createHelp();
  const verbs = help.visibleCommands(command).filter((one) => one.name() !== "help" || path === "");
  const place: Place = {
    path,
    verbs: [
      ...verbs.map((verb) => ({ name: verb.name(), about: verb.description() })),
      ...command.registeredArguments.flatMap(({ argChoices = [], description }) =>
        argChoices.map((name) => ({ name, about: description })),
      ),
    ],
    options: help.visibleOptions(command).flatMap(optionOf),
  };
  const below = verbs.filter((verb) => verb.name() !== "help");
  return [place, ...below.flatMap((verb) => placesOf(verb, `${path} ${verb.name()}`.trim()))];
}

function optionOf({ long, description, required, optional, argChoices }: Option): Place["options"] {
  if (!long) return [];
  return [{ long, about: description, takesValue: required || optional, choices: argChoices ?? [] }];
}

function bash(name: string, places: readonly Place[]): string {
  return `# Completion of ${name} for bash. In ~/.bashrc: source <(${name} completion bash)
_${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} place="" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$place \${COMP_WORDS[i]}" in
      ${alternatives(pathsBelow(places))}) place="\${place:+$place }\${COMP_WORDS[i]}" ;;
    esac
  done
${valueCases(places, (choices) => `COMPREPLY=($(compgen -W "${choices.join(" ")}" -- "$cur")); return`)}
  case "$place" in
${places.map((place) => `    "${place.path}") words="${wordsOf(place).join(" ")}" ;;`).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _${name} ${name}
`;
}

function zsh(name: string, places: readonly Place[]): string {
  const described = (place: Place): string =>
    [
      ...place.verbs.map(({ name: verb, about }) => [verb, about]),
      ...place.options.map(({ long, about }) => [long, about]),
    ]
      .map(([word = "", about = ""]) => quoted(`${word}:${about.replaceAll(":", "\\:")}`))
      .join(" ");
  return `#compdef ${name}
# Completion of ${name} for zsh. In ~/.zshrc, behind compinit: source <(${name} completion zsh)
_${name}() {
  local cur=\${words[CURRENT]} prev=\${words[CURRENT - 1]} place="" i
  local -a known
  for ((i = 2; i < CURRENT; i++)); do
    case "$place \${words[i]}" in
      ${alternatives(pathsBelow(places))}) place="\${place:+$place }\${words[i]}" ;;
    esac
  done
${valueCases(places, (choices) => `compadd -- ${choices.join(" ")}; return`, "_files; return")}
  case "$place" in
${places.map((place) => `    "${place.path}") known=(${described(place)}) ;;`).join("\n")}
  esac
  _describe -t words ${name} known || _files
}
compdef _${name} ${name}
`;
}

function fish(name: string, places: readonly Place[]): string {
  const lines = places.flatMap(({ path, verbs, options }) => {
    const when = `-n ${quoted(`__${name}_at "${path}"`)}`;
    return [
      ...verbs.map((verb) => `complete -c ${name} ${when} -f -a ${verb.name} -d ${quoted(verb.about)}`),
      ...options.map(({ long, about, takesValue, choices }) => {
        const value = choices.length > 0 ? ` -x -a ${quoted(choices.join(" "))}` : takesValue ? " -r" : "";
        return `complete -c ${name} ${when} -l ${long.slice(2)}${value} -d ${quoted(about)}`;
      }),
    ];
  });
  return `# Completion of ${name} for fish. ${name} completion fish > ~/.config/fish/completions/${name}.fish
function __${name}_at
  set -l place
  for word in (commandline -opc)[2..]
    switch "$place $word"
      case ${pathsBelow(places).map(quoted).join(" ")}
        set place (string trim "$place $word")
    end
  end
  test "$place" = "$argv[1]"
end
${lines.join("\n")}
`;
}

/** Every way from a place to one below it, as \`path word\`. */
function pathsBelow(places: readonly Place[]): string[] {
  return places.flatMap(({ path, verbs }) => verbs.map((verb) => `${path} ${verb.name}`));
}

function alternatives(paths: readonly string[]): string {
  return paths.map((path) => `"${path}"`).join(" | ");
}

/** What stands behind an option that takes a value: one of its choices, else what \`otherwise\` completes. */
function valueCases(
  places: readonly Place[],
  among: (choices: readonly string[]) => string,
  otherwise = "return",
): string {
  const cases = places.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(({ long, choices }) => `    "${path} ${long}") ${choices.length > 0 ? among(choices) : otherwise} ;;`),
  );
  return `  case "$place $prev" in\n${cases.join("\n")}\n  esac`;
}

function wordsOf({ verbs, options }: Place): string[] {
  return [...verbs.map(({ name }) => name), ...options.map(({ long }) => long)];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
