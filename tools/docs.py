"""Bring the generated part of the documentation up to date: the table of settings, from where they are declared.

    .venv/bin/python tools/docs.py

The test `tests/test_docs.py` fails where this was forgotten.
"""

from __future__ import annotations

from pathlib import Path

from oeuvre.config.env import SETTINGS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "handbook" / "settings.md"
BEGIN, END = "<!-- settings: made by `make docs` -->\n", "<!-- settings end -->"


def settings_table() -> str:
    """Markdown, one row a setting in the order of their declaration."""
    rows = ["| setting | default | what for |", "|---|---|---|"]
    for setting in SETTINGS.values():
        default = f"`{setting.default}`" if setting.default else "empty"
        rows.append(f"| `{setting.name}` | {default} | {setting.help} |")
    return "\n".join(rows) + "\n"


def page_with_table(page: str) -> str:
    """Raises ValueError where the page has lost its marks."""
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{PAGE} has lost the marks between which the table stands.")
    return before + BEGIN + settings_table() + END + after


if __name__ == "__main__":
    PAGE.write_text(page_with_table(PAGE.read_text()))
