"""Acceptance criteria of briefs and offers, on the same form by which orders take them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oeuvre.domains.catalog.services import Criterion
from oeuvre.interfaces.site.orders.criteria import CriteriaForm, with_labels
from oeuvre.kit.files.naming import MB

if TYPE_CHECKING:
    from collections.abc import Iterable

_TICKED = ("no_ai", "credentials")
FIELDS = tuple(CriteriaForm.base_fields)
"""Names of the form's fields that say criteria."""


def criteria_of(form: CriteriaForm, before: Iterable[Criterion] = ()) -> tuple[Criterion, ...]:
    """What a valid form asks for. What asks for the same as one ``before`` keeps the words that it had: no field holds them."""
    given = tuple(Criterion(str(one.kind), one.label, dict(one.spec)) for one in form.terms)
    return with_labels(given, before)


def criteria_initial(criteria: Iterable[Criterion]) -> dict[str, Any]:
    """The form's fields for criteria that are there; of two of one kind, the later one."""
    found: dict[str, Any] = {}
    own: list[str] = []
    for one in criteria:
        spec = one.spec
        match one.kind:
            case "manual":
                own.append(one.label)
            case "format":
                found["formats"] = ", ".join(spec["formats"])
            case "words":
                found |= {"words_least": spec.get("least"), "words_most": spec.get("most")}
            case "duration":
                found |= {"seconds_least": spec.get("least"), "seconds_most": spec.get("most")}
            case "resolution":
                found |= {"width": spec["width"], "height": spec["height"]}
            case "language":
                found["language"] = spec["language"]
            case "size":
                found["megabytes"] = max(1, spec["most"] // MB)
            case kind if kind in _TICKED:
                found[kind] = True
    return found | {"own": "\n".join(own)}
