"""Whatever is written down has a sentence: the history of a thing is read by people."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING

import oeuvre.domains
from oeuvre.interfaces.ui.sentences import SENTENCES
from oeuvre.kit.states import StateMachine

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(oeuvre.domains.__file__).parents[1]


def recorded() -> Iterator[str]:
    """Every code that is spelled out where something is recorded: ``code="work.added"``, also one of two, or named before."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "record":
                yield from (code for one in node.keywords if one.arg == "code" for code in texts(one.value))
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "code":
                yield from (code for code in texts(node.value) if "." in code)


def texts(node: ast.expr) -> Iterator[str]:
    """The texts that an expression is, or is one of."""
    if isinstance(node, ast.IfExp):
        yield from (*texts(node.body), *texts(node.orelse))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def moved() -> Iterator[str]:
    """Every code that a life cycle writes by itself: its entity and a state that something can become."""
    for found in pkgutil.walk_packages(oeuvre.domains.__path__, "oeuvre.domains."):
        if found.name.rsplit(".", 1)[-1] == "states":
            for machine in vars(importlib.import_module(found.name)).values():
                if isinstance(machine, StateMachine):
                    yield from (f"{machine.entity}.{to}" for targets in machine.table.values() for to in targets)


def test_sentences__exist_for_all_that_is_recorded() -> None:
    codes = {*recorded(), *moved(), "demo.played"}
    assert len(codes) > 150
    assert sorted(codes - set(SENTENCES)) == []
