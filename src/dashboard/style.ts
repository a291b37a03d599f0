/** Contrast of all text is 7 to 1 at least, in light and in dark. */
export const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif;
  --ground: #fff; --part: #f6f7f9; --text: #1b1f24; --quiet: #4a515a; --line: #c9d0d8; --link: #0747a6; --good: #0b5a2a; --bad: #98121b; --mark: #fdeeb5; }
@media (prefers-color-scheme: dark) { :root {
  --ground: #12161b; --part: #1b2129; --text: #e8ebef; --quiet: #b4bcc6; --line: #3a434e; --link: #9cc7ff; --good: #84dba0; --bad: #ffabab; --mark: #4a3f14; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 0 1rem 3rem; background: var(--ground); color: var(--text); }
body:has(.wide) { max-width: 110rem; }
header { display: flex; flex-wrap: wrap; gap: 0 1.5rem; align-items: center; }
h1, .brand { font-size: 1.5rem; margin: 1rem 0 0.5rem; }
.brand { font-weight: 700; }
.live { margin: 0; }
h2 { font-size: 1.2rem; margin: 0 0 0.5rem; }
h3 { font-size: 1rem; margin: 1rem 0 0.25rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; list-style: none; margin: 0; padding: 0.5rem 0; }
.parts { border-bottom: 1px solid var(--line); }
.pages { flex: 1; min-width: max-content; }
.pages a { text-decoration: none; padding: 0.25rem 0; }
.pages [aria-current] { color: var(--text); font-weight: 600; border-bottom: 3px solid var(--link); }
section { margin: 1rem 0; padding: 1rem; background: var(--part); border-radius: 6px; scroll-margin-top: 1rem; }
a { color: var(--link); }
a, code, pre, summary { overflow-wrap: anywhere; }
th, td { overflow-wrap: break-word; max-width: 32rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: -100vw; }
.skip:focus { position: static; display: inline-block; padding: 0.5rem; }
.table { overflow-x: auto; margin: 0.5rem 0 1rem; }
table { border-collapse: collapse; min-width: 60%; }
caption { text-align: left; color: var(--quiet); padding-bottom: 0.25rem; }
th, td { padding: 0.25rem 1.5rem 0.25rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums; }
thead th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 400; }
.quiet, .empty { color: var(--quiet); }
.good { color: var(--good); }
.bad { color: var(--bad); }
.mark { border: 1px solid currentcolor; border-radius: 3px; padding: 0 0.4em; margin-left: 0.5em; font-weight: 600; font-size: 0.875em; white-space: nowrap; }
details { border-top: 1px solid var(--line); padding: 0.4rem 0; }
details > summary { cursor: pointer; }
details[open] > summary { font-weight: 600; }
ul { padding-left: 1.25rem; margin: 0.25rem 0; }
pre { white-space: pre-wrap; margin: 0.25rem 0; padding: 0.5rem; background: var(--ground); border-left: 3px solid var(--line); font-size: 0.875rem; max-height: 20rem; overflow: auto; }
pre.prose { font: inherit; }
button, input, select, textarea { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--quiet); border-radius: 4px; padding: 0.25rem 0.75rem; }
input[type=checkbox] { accent-color: var(--link); }
progress { accent-color: var(--link); width: 8rem; vertical-align: middle; }
figure { margin: 0.5rem 0; }
svg text { font-size: 12px; fill: var(--quiet); }
rect.accepted, .key.accepted { fill: var(--good); background: var(--good); }
rect.dismissed, .key.dismissed { fill: var(--bad); background: var(--bad); }
rect.unanswered, .key.unanswered { fill: var(--line); background: var(--line); }
.key { display: inline-block; width: 0.75em; height: 0.75em; margin-left: 0.75em; }
button { cursor: pointer; }
button.main { background: var(--link); border-color: var(--link); color: var(--ground); font-weight: 600; padding: 0.35rem 1.25rem; }
button[disabled] { opacity: 0.5; cursor: default; }
#stop { color: var(--bad); border-color: var(--bad); font-weight: 600; padding: 0.35rem 1.25rem; }
.desk { display: grid; grid-template-columns: auto 1fr auto; gap: 0.25rem 1rem; align-items: end; margin: 1rem 0; padding: 1rem; background: var(--part); border-radius: 6px; }
.desk > p { margin: 0; display: grid; gap: 0.25rem; }
.desk > .buttons { display: flex; gap: 0.5rem; }
.desk > .hint { grid-column: 1 / -1; font-size: 0.875rem; }
.desk > .hint:empty { display: none; }
.desk label { font-weight: 600; }
.desk textarea { width: 100%; resize: vertical; min-height: 2.5em; }
.desk select { max-width: 22rem; padding: 0.35rem 0.5rem; }
.hits { list-style: none; padding: 0; }
.hits li + li { border-top: 1px solid var(--line); }
.hits li > p, .cited li > p { margin: 0.5rem 0 0.25rem; }
.score { font-size: 0.875rem; margin-left: 0.5rem; }
pre.lines { padding-left: 0; font-family: ui-monospace, monospace; }
.line { display: block; padding-left: 4.5em; text-indent: -4.5em; }
.line::before { content: attr(data-n); display: inline-block; width: 3.5em; margin-right: 1em; text-indent: 0; text-align: right; color: var(--quiet); user-select: none; }
.line.marked { background: var(--mark); }
.turn { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); gap: 0 2rem; padding: 1rem 0; border-bottom: 1px solid var(--line); scroll-margin-top: 0.5rem; }
.turn:focus { outline: none; }
.question { white-space: pre-wrap; overflow-wrap: anywhere; }
.statement { margin: 0.5rem 0; overflow-wrap: anywhere; }
.citation { text-decoration: none; font-size: 0.9em; white-space: nowrap; }
.cited { max-height: 32rem; overflow: auto; background: var(--part); border-radius: 6px; padding: 0 1rem; }
.cited ol { list-style: none; margin: 0; padding: 0 0 0.5rem; }
.cited li { scroll-margin: 0.5rem; border-radius: 4px; }
.cited li:focus, .cited li:target { outline: 2px solid var(--link); outline-offset: 2px; }
.cited pre { max-height: 14rem; }
.number { display: inline-block; min-width: 1.6em; text-align: center; font-weight: 700; border: 1px solid var(--quiet); border-radius: 3px; margin-right: 0.25em; }
.back { text-decoration: none; margin-left: 0.25em; }
.talks { display: flex; flex-wrap: wrap; gap: 0 2rem; align-items: baseline; }
.talks details { border: none; }
.talks li form { display: inline; }
.talks li button { font-size: 0.875rem; padding: 0 0.5rem; }
form.question { position: sticky; bottom: 0; border-top: 1px solid var(--line); border-radius: 6px 6px 0 0; margin-bottom: -3rem; white-space: normal; }
@media (max-width: 60rem) { .turn, .desk { grid-template-columns: minmax(0, 1fr); } .cited { max-height: none; } .desk select { max-width: 100%; width: 100%; } form.question { position: static; margin-bottom: 0; } }
@media (max-height: 40rem) { form.question { position: static; } }
.login { display: grid; gap: 0.5rem; max-width: 26rem; justify-items: start; }
.login input { width: 100%; }
`;
