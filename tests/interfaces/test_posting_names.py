"""Every kind of posting that a domain makes has a name on the statement."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import oeuvre.domains
from oeuvre.interfaces.ui.templatetags.studio import POSTINGS, posting

if TYPE_CHECKING:
    from collections.abc import Iterator

DOMAINS = Path(oeuvre.domains.__file__ or "").parent
_MAKERS = {"posting_create", "posting_reverse"}


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _values(given: ast.expr) -> set[str]:
    """The texts that an argument can be; fails for one that cannot be read."""
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        return {given.value}
    if isinstance(given, ast.IfExp):
        return _values(given.body) | _values(given.orelse)
    raise AssertionError(f"Write the posting's code as a text, so that it can be named: {ast.unparse(given)}")


def codes_in(source: str) -> set[str]:
    """The codes of all postings that a module makes, also through a helper of its own that takes the code."""
    tree = ast.parse(source)
    found: set[str] = set()
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    makers = [call for call in _calls(tree) if _name(call) in _MAKERS]
    for call in makers:
        given = next(word.value for word in call.keywords if word.arg == "code")
        if not isinstance(given, ast.Name):
            found |= _values(given)
            continue
        helper = next(one for one in functions if call in ast.walk(one))
        place = [argument.arg for argument in helper.args.args].index(given.id)
        users = [one for one in _calls(tree) if _name(one) == helper.name]
        assert users, f"nobody calls {helper.name}"
        for user in users:
            named = [word.value for word in user.keywords if word.arg == given.id]
            found |= _values(named[0] if named else user.args[place])
    return found


MODULES = sorted(
    path
    for path in DOMAINS.rglob("*.py")
    if DOMAINS / "ledger" not in path.parents and any(f"{maker}(" in path.read_text() for maker in _MAKERS)
)


def test_codes_in__reads_codes_given_directly_and_through_a_helper() -> None:
    source = """
def _post(order, code):
    posting_create(code=code)
def _undo(code, *, hard):
    ledger.posting_reverse(code=code)
_post(1, "a.b")
_undo(hard=True, code="c.d")
posting_create(code="e.f" if x else "g.h")
"""
    assert codes_in(source) == {"a.b", "c.d", "e.f", "g.h"}
    with pytest.raises(AssertionError, match="as a text"):
        codes_in("posting_create(code=f'x.{y}')")


def test_postings__the_walk_finds_the_domains_that_move_money() -> None:
    assert {path.relative_to(DOMAINS).parts[0] for path in MODULES} == {"billing", "creation", "orders"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(DOMAINS)))
def test_postings__each_kind_has_a_name(path: Path) -> None:
    codes = codes_in(path.read_text())
    assert codes
    assert codes - set(POSTINGS) == set(), "name them in templatetags/studio.py"


def test_posting__reads_as_a_sentence_and_never_as_a_code() -> None:
    assert posting("order.released") == "Work was accepted; your part of it clears"
    assert posting("grant.paid_out") == "Grant: paid out"
