"""A modality is a module a side: nothing else in the platform knows one by name, or does something else for one of them."""

from __future__ import annotations

import ast
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import oeuvre
from oeuvre.domains.creation.modalities.table import MODALITIES as CREATION
from oeuvre.domains.portfolio.modalities.table import MODALITIES as PORTFOLIO
from oeuvre.domains.portfolio.states import Modality

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(oeuvre.__file__).parent
NAMES = frozenset(Modality.values)
MEMBERS = frozenset(Modality.names)
TABLES = frozenset({"integrations/studio_client/making.py"})
"""What else goes by modality: how the studio is asked for each, line by line in a table of its own."""
TEMPLATES = ("market/piece", "market/whole", "market/sample", "market/small", "studio/made")


def _may_name_one(path: Path) -> bool:
    """Modality modules with their tables, states, migrations, and modules that are one modality's by their own name."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    words = set(parts[-1].split("_"))
    belongs = bool({"modalities", "migrations"} & set(parts)) or parts[-1] == "states" or bool(words & NAMES)
    return belongs or str(path.relative_to(SOURCE)) in TABLES


def _is_name(node: ast.AST) -> bool:
    """``"text"``, or ``Modality.TEXT``."""
    if isinstance(node, ast.Constant):
        return node.value in NAMES
    return (
        isinstance(node, ast.Attribute)
        and node.attr in MEMBERS
        and isinstance(node.value, ast.Name)
        and node.value.id == "Modality"
    )


def _speaks_of_one(node: ast.AST) -> bool:
    """Whether an expression is somebody's modality: ``modality``, ``work.modality``, ``row["modality"]``."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and node.slice.value == "modality"
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return "modality" in name.lower()


def slips_in(source: str) -> Iterator[int]:
    """Lines on which code knows a modality by name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and _is_name(node):
            yield node.lineno
        elif isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            inner = chain.from_iterable(ast.walk(side) for side in sides)
            if any(_speaks_of_one(side) for side in sides) and any(_is_name(part) for part in inner):
                yield node.lineno
        elif isinstance(node, ast.Match):
            cases = chain.from_iterable(ast.walk(case.pattern) for case in node.cases)
            if _speaks_of_one(node.subject) and any(_is_name(part) for part in cases):
                yield node.lineno
        elif isinstance(node, ast.keyword) and "modality" in (node.arg or "") and _is_name(node.value):
            yield node.value.lineno
        elif isinstance(node, ast.arguments):
            named = [*zip(reversed(node.args), reversed(node.defaults), strict=False)]
            named += [pair for pair in zip(node.kwonlyargs, node.kw_defaults, strict=True) if pair[1] is not None]
            yield from (value.lineno for arg, value in named if "modality" in arg.arg and value and _is_name(value))
        elif isinstance(node, ast.Dict):
            yield from (
                value.lineno
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and key.value == "modality" and _is_name(value)
            )
            if sum(key is not None and _is_name(key) for key in node.keys) > 1:
                yield node.lineno


def test_no_code_outside_the_modules_knows_a_modality_by_name() -> None:
    sources = [path for path in SOURCE.rglob("*.py") if not _may_name_one(path)]
    slips = [f"{path.relative_to(SOURCE)}:{line}" for path in sources for line in slips_in(path.read_text())]
    assert slips == []


@pytest.mark.parametrize(
    "slip",
    [
        'if work.modality == "text": pass',
        'if row["modality"] in ("voice", "image"): pass',
        "if model.modality != Modality.IMAGE: pass",
        'train(modality="voice")',
        'def start(*, modality="text"): pass',
        'row = {"modality": "image"}',
        'makers = {"text": write, "voice": speak}',
        'match modality:\n  case "voice": pass',
        "kind = Modality.VOICE",
    ],
)
def test_the_check_finds(slip: str) -> None:
    assert list(slips_in(slip))


@pytest.mark.parametrize("fine", ['row["text"]', 'field == "text"', "work.modality == modality", 'form = {"text": 1}'])
def test_the_check_leaves_other_words_alone(fine: str) -> None:
    assert not list(slips_in(fine))


@pytest.mark.parametrize("name", PORTFOLIO)
def test_a_modality_of_works_has_its_parts(name: str) -> None:
    modality = PORTFOLIO[name]
    assert modality.name == name
    assert (SOURCE / "interfaces/site/templates/works/shown" / f"{name}.html").exists()
    assert (SOURCE / "interfaces/backoffice/templates/duplicates/shared" / f"{name}.html").exists()
    for known in modality.types:
        assert known.limit > 0
        assert all(not suffix or suffix.startswith(".") for suffix in known.suffixes)
    assert modality.said(2) != modality.number(2)


def test_no_two_modalities_take_the_same_files() -> None:
    types = [known.media_type for modality in PORTFOLIO.values() for known in modality.types]
    suffixes = [suffix for modality in PORTFOLIO.values() for known in modality.types for suffix in known.suffixes]
    assert len(types) == len(set(types))
    assert len(suffixes) == len(set(suffixes))


@pytest.mark.parametrize("name", CREATION)
def test_a_modality_of_models_has_its_parts(name: str) -> None:
    modality = CREATION[name]
    assert modality.name == name
    assert name in PORTFOLIO, "a model learns from works of its own modality"
    for folder in TEMPLATES:
        assert (SOURCE / "interfaces/site/templates" / folder / f"{name}.html").exists(), folder
    assert modality.units_expected(modality.usual_options()) > 0
    assert modality.rate >= 0
    assert modality.options_clean(modality.usual_options()) == modality.usual_options()
    assert len({fmt.suffix for fmt in modality.formats}) == len(modality.formats) > 0
    assert "%" not in modality.phrases.refused % {"model": "M", "topic": "t"}


def test_formats_of_one_ending_are_of_one_type() -> None:
    mimes: dict[str, set[str]] = {}
    for modality in CREATION.values():
        for fmt in modality.formats:
            mimes.setdefault(fmt.suffix, set()).add(fmt.mime)
    assert all(len(found) == 1 for found in mimes.values())
