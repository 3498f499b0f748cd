"""HTML that cannot be broken by what is put into it: every value is escaped unless it is markup."""

import html
from collections.abc import Iterable
from typing import Self


class Markup(str):
    """Text that is already HTML."""

    __slots__ = ()

    @classmethod
    def join_all(cls, parts: Iterable["Markup"]) -> Self:
        return cls("".join(parts))


def markup(template: str, **values: object) -> Markup:
    """Fills `{name}` places of a template of our own; values that are not Markup are escaped.

    >>> markup("<b>{label}</b>", label="a < b")
    '<b>a &lt; b</b>'
    """
    return Markup(template.format_map({name: _escaped(value) for name, value in values.items()}))


def _escaped(value: object) -> str:
    return value if isinstance(value, Markup) else html.escape(str(value), quote=True)
