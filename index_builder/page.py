"""The frame of the HTML report: its layout, styles and script, and nothing that is measured."""

import base64
import hashlib

from index_builder.markup import Markup, markup

_STYLE = """
:root { color-scheme: light dark; --page: #f4f5f7; --card: #fff; --ink: #17191e; --soft: #5f6673;
  --line: #e1e4ea; --well: #f0f2f5; --good: #13774a; --bad: #c0262d; --warn: #96600a;
  --tint: #3a5bd0; }
@media (prefers-color-scheme: dark) { :root { --page: #111318; --card: #1a1d24; --ink: #e8eaee;
  --soft: #9aa2b1; --line: #2c313b; --well: #22262f; --good: #4cc38a; --bad: #ff7b7b;
  --warn: #e3ae52; --tint: #8fa6ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); overflow-wrap: anywhere;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei",
  "Noto Sans CJK SC", "Noto Sans SC", sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1160px; margin: 0 auto; padding: 28px 20px 64px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em; }
h2 { font-size: 17px; margin: 36px 0 10px; }
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
table { border-collapse: collapse; width: 100%; }
th, td { padding: 5px 12px; text-align: right; border-top: 1px solid var(--line);
  white-space: nowrap; }
thead th { border-top: 0; color: var(--soft); font-weight: 500; font-size: 13px; }
th:first-child, td:first-child, .left { text-align: left; }
tbody th { font-weight: 500; }
tr.dim { color: var(--soft); }
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
.card[hidden] { display: none; }
.pair { display: flex; gap: 10px; align-items: start; }
figure { margin: 0; width: 150px; }
figure img, figure .none { display: block; width: 100%; border-radius: 6px;
  border: 1px solid var(--line); background: var(--well); }
figure .none { display: grid; place-content: center; min-height: 150px; padding: 10px;
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
.lines { margin: 6px 0 0; padding: 8px 12px; list-style: none; background: var(--well);
  border-radius: 8px; columns: 2 240px; }
.lines li { break-inside: avoid; display: flex; justify-content: space-between; gap: 12px;
  align-items: baseline; }
.lines small { color: var(--soft); flex: none; }
@media (max-width: 720px) { main { padding: 20px 14px 48px; }
  .card { display: block; padding: 12px; }
  figure { width: auto; flex: 1 1 0; min-width: 0; max-width: 200px; } .said { margin-top: 14px; }
  .tiles { grid-template-columns: 1fr 1fr; } .tile b { font-size: 22px; }
  th, td { padding: 5px 9px; } .candidates th, .candidates td { padding: 3px 5px; } }
"""

_SCRIPT = """
const buttons = [...document.querySelectorAll(".filters button")];
const cards = [...document.querySelectorAll(".card")];
for (const button of buttons) button.addEventListener("click", () => {
  for (const each of buttons) each.setAttribute("aria-pressed", each === button);
  for (const card of cards)
    card.hidden = !card.dataset.kinds.split(" ").includes(button.dataset.kind);
});
"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
style-src 'unsafe-inline'; script-src 'sha256-{script_digest}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>vislex evaluation</title>
<style>{style}</style>
</head>
<body>
<main>
<header>
<h1>vislex evaluation</h1>
<p>{headline}</p>
<dl class="facts">{facts}</dl>
</header>
<section class="tiles">{tiles}</section>
<h2>Classes</h2>
<div class="box"><table>
<thead><tr><th>Class</th><th>Precision</th><th>Recall</th><th>F1</th><th>Support</th>\
<th>TP</th><th>FP</th><th>FN</th><th>TN</th></tr></thead>
<tbody>{classes}</tbody>
</table></div>
<h2>Confusions</h2>
{confusions}
<h2>Queries</h2>
<div class="filters">{filters}</div>
{cards}
</main>
<script>{script}</script>
</body>
</html>
"""


def page(**parts: Markup | str) -> Markup:
    """The whole document around `parts`; its policy lets no script run but its own."""
    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    return markup(
        _PAGE, style=Markup(_STYLE), script=Markup(_SCRIPT), script_digest=digest, **parts
    )
