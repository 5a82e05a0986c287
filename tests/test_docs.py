"""The documentation is complete: what can be typed or set is described, and links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer
from tools import docs

from oeuvre import cli
from oeuvre.config.env import SETTINGS
from oeuvre_studio import cli as studio_cli

ROOT = Path(__file__).resolve().parents[1]
HANDBOOK = ROOT / "docs" / "handbook"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SOURCES = sorted(
    path
    for folder in ("src", "tests", "tools", "benchmarks")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".py", ".html", ".css", ".js", ".toml"} and "content" not in path.parts
)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def words_of(app: typer.Typer) -> list[tuple[str, set[str]]]:
    """Every command as it is typed after the program's name, with the options that it takes."""
    found: list[tuple[str, set[str]]] = []

    def visit(command: object, path: str) -> None:
        children = getattr(command, "commands", {})
        for name, child in children.items():
            visit(child, f"{path} {name}".strip())
        if not children:
            options = {word for parameter in command.params for word in (*parameter.opts, *parameter.secondary_opts)}
            found.append((path, {word for word in options if word.startswith("--")} - {"--help"}))

    visit(typer.main.get_command(app), "")
    return found


def page(name: str) -> str:
    return (HANDBOOK / name).read_text()


@pytest.mark.parametrize("name", SETTINGS)
def test_settings__each_is_on_the_settings_page(name: str) -> None:
    assert f"`{name}`" in page("settings.md")


def test_settings__the_table_is_the_one_that_the_declarations_make() -> None:
    assert docs.page_with_table(page("settings.md")) == page("settings.md"), "run `make docs`"


@pytest.mark.parametrize("target", re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
def test_make__each_target_is_on_the_operations_page(target: str) -> None:
    assert f"`make {target}`" in page("operations.md")


@pytest.mark.parametrize(("command", "options"), words_of(cli.app))
def test_oeuvre__each_command_and_option_is_on_the_operations_page(command: str, options: set[str]) -> None:
    rows = [line for line in page("operations.md").splitlines() if line.startswith(f"| `oeuvre {command}")]
    assert rows, f"oeuvre {command} is not in the table of commands"
    assert not {option for option in options if f"`{option}" not in rows[0]}


@pytest.mark.parametrize(("command", "options"), words_of(studio_cli.app))
def test_studio__each_command_and_option_is_on_the_studio_page(command: str, options: set[str]) -> None:
    text = page("studio.md")
    assert f"studio {command}" in text
    assert not {option for option in options if option not in text}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links__each_relative_one_leads_to_a_file_and_its_heading(path: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text(), flags=re.DOTALL)
    for link in _LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, heading = link.partition("#")
        found = (path.parent / target).resolve() if target else path
        assert found.exists(), f"{link} leads nowhere"
        if heading:
            assert heading in headings(found), f"{link}: no such heading"


def headings(path: Path) -> set[str]:
    """The names that a Markdown page's headings get as link targets."""
    lines = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


def test_handbook__its_map_names_every_page() -> None:
    text = page("index.md")
    assert not {path.name for path in HANDBOOK.glob("*.md") if path.name != "index.md"} - set(
        re.findall(r"\(([\w-]+\.md)\)", text)
    )


def test_glossary__explains_the_words_that_everything_is_named_by() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text().lower()
    wanted = "freelancer buyer operator actor work rights generation preview licence edit adapter posting"
    terms = [*wanted.split(), "creation model", "training run", "model version", "base model", "held payment"]
    assert not [term for term in terms if term not in text]


def test_nothing__is_left_to_do_in_the_sources() -> None:
    word = "TO" + "DO"
    assert not [str(path) for path in SOURCES if re.search(rf"\b{word}\b", path.read_text())]
