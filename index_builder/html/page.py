"""The frame of the HTML report: its layout and its script, and nothing that is measured."""

import base64
import hashlib

from index_builder.html.markup import Markup, markup
from index_builder.html.style import STYLE

_SCRIPT = """
const buttons = [...document.querySelectorAll(".filters button")];
const rows = [...document.querySelectorAll(".row")];
for (const button of buttons) button.addEventListener("click", () => {
  for (const each of buttons) each.setAttribute("aria-pressed", each === button);
  for (const row of rows)
    row.hidden = !row.dataset.kinds.split(" ").includes(button.dataset.kind);
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
<h2>What each part brings</h2>
{ablations}
<h2>Curves</h2>
<div class="plots">{plots}</div>
{leave_class_out}
<h2>Confusions</h2>
{confusions}
<h2>Classes</h2>
<div class="box"><table>
<thead><tr><th>Class</th><th>Precision</th><th>Recall</th><th>F1</th><th>Support</th>\
<th>TP</th><th>FP</th><th>FN</th><th>TN</th></tr></thead>
<tbody>{classes}</tbody>
</table></div>
<h2>Bad cases</h2>
<p class="soft">Visual and text are shown as measured. In the ranking <code>both</code> they are put
on the gallery's own scale before alpha weighs them, so fused is not their plain weighted mean.</p>
{bad}
<h2>All queries</h2>
<div class="filters">{filters}</div>
<div class="rows">{rows}</div>
</main>
<script>{script}</script>
</body>
</html>
"""


def page(**parts: Markup | str) -> Markup:
    """The whole document around `parts`; its policy lets no script run but its own."""
    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    return markup(_PAGE, style=Markup(STYLE), script=Markup(_SCRIPT), script_digest=digest, **parts)
