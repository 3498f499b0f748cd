"""The styles of the HTML report, for a desktop and a phone, in light and in dark."""

STYLE = """
:root { color-scheme: light dark; --page: #f4f5f7; --card: #fff; --ink: #17191e; --soft: #5f6673;
  --line: #e1e4ea; --well: #f0f2f5; --good: #13774a; --bad: #c0262d; --warn: #96600a;
  --tint: #3a5bd0; --warm: #c2560c; --plum: #8a3fb0; }
@media (prefers-color-scheme: dark) { :root { --page: #111318; --card: #1a1d24; --ink: #e8eaee;
  --soft: #9aa2b1; --line: #2c313b; --well: #22262f; --good: #4cc38a; --bad: #ff7b7b;
  --warn: #e3ae52; --tint: #8fa6ff; --warm: #f2994a; --plum: #cf96ec; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); overflow-wrap: anywhere;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei",
  "Noto Sans CJK SC", "Noto Sans SC", sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1160px; margin: 0 auto; padding: 28px 20px 64px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em; }
h2 { font-size: 17px; margin: 36px 0 10px; }
h2 + p { margin: -6px 0 10px; }
p { margin: 0; }
.soft { color: var(--soft); }
.facts { display: flex; flex-wrap: wrap; gap: 6px 22px; margin: 14px 0 0; }
.facts div { display: flex; gap: 6px; }
dt { color: var(--soft); white-space: nowrap; } dd { margin: 0; }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 10px;
  margin-top: 22px; }
.tile, .card, .box { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.tile { padding: 12px 14px; }
.tile b { display: block; font-size: 25px; line-height: 1.25; font-weight: 650; }
.tile span { display: block; font-weight: 550; }
.tile small { display: block; color: var(--soft); line-height: 1.35; }
.box { overflow: auto; max-height: 480px; }
.box thead th { position: sticky; top: 0; background: var(--card); }
.box tbody th { position: sticky; left: 0; background: var(--card); }
.box thead th:first-child { left: 0; z-index: 1; }
table { border-spacing: 0; width: 100%; }
th, td { padding: 5px 12px; text-align: right; border-top: 1px solid var(--line);
  white-space: nowrap; }
thead th { border-top: 0; color: var(--soft); font-weight: 500; font-size: 13px; }
th:first-child, td:first-child, .left { text-align: left; }
tbody th { font-weight: 500; }
tr.dim { color: var(--soft); }
td.best { font-weight: 650; color: var(--good); }
.plots { display: grid; grid-template-columns: repeat(3, 1fr); gap: 10px; }
.plot { padding: 12px 14px 8px; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px; }
.plot figcaption { margin: 0 0 6px; font-size: 13px; color: var(--soft); }
.plot b { display: block; color: var(--ink); font-size: 15px; font-weight: 550; }
.plot svg { display: block; width: 100%; height: auto; stroke-linejoin: round; }
.box:has(.heat) { max-height: none; }
.box + p { margin: 14px 0 10px; }
.heat { width: max-content; min-width: 0; font-size: 13px; }
.heat th, .heat td { padding: 3px 8px; border-right: 1px solid var(--line); }
.heat td { min-width: 30px; text-align: center; }
.heat .hit { background: color-mix(in srgb, var(--good) var(--share), transparent); }
.heat .miss { background: color-mix(in srgb, var(--bad) var(--share), transparent); }
.heat i { font-style: normal; color: var(--soft); }
.filters { position: sticky; top: 0; z-index: 1; display: flex; gap: 6px; align-items: center;
  flex-wrap: wrap; padding: 10px 0; background: var(--page); }
.filters button { font: inherit; color: inherit; background: var(--card); cursor: pointer;
  border: 1px solid var(--line); border-radius: 99px; padding: 3px 14px; }
.filters button[aria-pressed=true] { background: var(--ink); color: var(--page);
  border-color: var(--ink); }
.card { display: grid; grid-template-columns: auto 1fr; gap: 18px; padding: 16px; margin-top: 12px;
  border-left: 5px solid var(--good); content-visibility: auto;
  contain-intrinsic-size: auto 400px; }
.card.wrong { border-left-color: var(--bad); } .card.failed { border-left-color: var(--warn); }
.rows { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  overflow: hidden; }
.row { display: block; color: inherit; text-decoration: none; border-top: 1px solid var(--line);
  margin: 0; } .row:first-child { border-top: 0; } .row[hidden] { display: none; }
.row .line { display: grid; grid-template-columns: 18px 3fr 4fr 56px; gap: 0 12px;
  padding: 5px 14px; font-size: 13.5px; }
.row > summary { display: block; width: auto; color: inherit; }
.row .line:hover { background: var(--well); }
.row .line > :last-child { text-align: right; }
.row i { font-style: normal; font-weight: 650; color: var(--good); }
.row.wrong i, .row.wrong .answer { color: var(--bad); } .row.failed i { color: var(--warn); }
.row .card { border-width: 1px 0 0; border-radius: 0; margin: 0; background: none; }
.pair { display: flex; gap: 10px; align-items: start; }
figure { margin: 0; } .pair figure { width: 150px; }
.pair img, .pair .none { display: block; width: 100%; border-radius: 6px;
  border: 1px solid var(--line); background: var(--well); }
.pair .none { display: grid; place-content: center; min-height: 150px; padding: 10px;
  text-align: center; color: var(--soft); font-size: 12.5px; }
figcaption { font-size: 12px; line-height: 1.35; color: var(--soft); margin-top: 5px; }
.said { min-width: 0; }
.head { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: baseline; }
.head h3 { font-size: 17px; line-height: 1.35; margin: 0; }
.mark { font-size: 12px; font-weight: 650; text-transform: uppercase; letter-spacing: .05em;
  color: var(--good); } .wrong .mark { color: var(--bad); } .failed .mark { color: var(--warn); }
.path { font-size: 13px; color: var(--soft); }
.verdict { margin: 8px 0 0; display: grid; grid-template-columns: max-content 1fr; gap: 1px 12px; }
.wrong .answer { color: var(--bad); font-weight: 600; }
.candidates { margin: 12px 0 0; font-size: 13.5px; }
.candidates th, .candidates td { padding: 3px 8px; }
.candidates b { font-weight: 500; }
.candidates th:first-child, .candidates td:first-child { padding-left: 0; }
.candidates .left { white-space: normal; min-width: 7em; }
.candidates td { vertical-align: top; }
.candidates .hit b { color: var(--good); font-weight: 600; }
.scroll { overflow-x: auto; }
details { margin-top: 10px; font-size: 13.5px; }
summary { cursor: pointer; color: var(--tint); width: max-content; }
.texts { display: grid; grid-template-columns: 1fr 1fr; gap: 10px; margin-top: 6px; }
.texts h4 { margin: 0; font-size: 13px; font-weight: 550; }
.texts p { font-size: 12px; line-height: 1.35; }
.lines { margin: 6px 0 0; padding: 8px 12px; list-style: none; background: var(--well);
  border-radius: 8px; }
.lines mark { color: inherit; border-radius: 3px; padding: 0 1px;
  background: color-mix(in srgb, var(--bad) 26%, transparent); }
.lines.match mark { background: color-mix(in srgb, var(--warn) 34%, transparent); }
.lines li { break-inside: avoid; display: flex; justify-content: space-between; gap: 12px;
  align-items: baseline; }
.lines small { color: var(--soft); flex: none; }
@media (max-width: 980px) { .plots { grid-template-columns: 1fr 1fr; } }
@media (max-width: 720px) { .plots { grid-template-columns: 1fr; }
  .row .line { grid-template-columns: 14px 1fr 50px; }
  .row .line > :nth-child(2) { grid-column: 2 / 4; }
  .row .line > :nth-child(3) { grid-column: 2; }
  .row.right .answer { color: var(--soft); }
  .texts { grid-template-columns: 1fr; }
  .box th:first-child { white-space: normal; min-width: 140px; max-width: 160px; }
  .box table { font-size: 13px; } .box thead th { white-space: normal; overflow-wrap: normal;
  vertical-align: bottom; }
  main { padding: 20px 14px 48px; }
  .card { display: block; padding: 12px; }
  .pair figure { width: auto; flex: 1 1 0; min-width: 0; max-width: 200px; }
  .said { margin-top: 14px; }
  .tiles { grid-template-columns: 1fr 1fr; } .tile b { font-size: 22px; }
  th, td { padding: 5px 9px; } .candidates th, .candidates td { padding: 3px 5px; } }
"""
