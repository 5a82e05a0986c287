"""What the pages of a freelancer's gigs share: the head with its tabs, the checklist, and what waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from oeuvre.domains.catalog.models import GigVersion
from oeuvre.domains.catalog.states import ON_SHOW, OVER, VersionState
from oeuvre.kit.files.naming import printable

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.catalog.models import Gig
    from oeuvre.domains.catalog.selectors import GigDraft


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above every page of one gig."""

    gig: Gig
    title: str
    """What buyers see; in the editor, and of a gig that was never published, the draft's."""
    newest: GigVersion
    """The version that was made last: open, on show, or returned."""
    returned: GigVersion | None
    """What an operator sent back and is not handed in again."""

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """What is to be changed by the part that it is about: ``(name of a ReviewSection, text)``."""
        found: dict[str, str] = self.returned.section_reasons if self.returned else {}
        return list(found.items())

    @property
    def draft(self) -> GigVersion | None:
        return self.newest if self.newest.status == VersionState.DRAFT else None

    @property
    def waiting(self) -> GigVersion | None:
        return self.newest if self.newest.status == VersionState.IN_REVIEW else None

    @property
    def is_over(self) -> bool:
        return self.gig.status in OVER

    @property
    def is_on_show(self) -> bool:
        return self.gig.status in ON_SHOW


def head_of(gig: Gig, newest: GigVersion | None = None) -> Head:
    """The head of a gig that came with ``published``. One query, unless its newest version is known."""
    if newest is None:
        newest = GigVersion.objects.filter(gig=gig).select_related("based_on").order_by("-number")[0]
    return Head(gig, title_of(gig.published or newest), newest, returned_of(newest))


def head_of_draft(draft: GigDraft) -> Head:
    """The same of a draft that is open in the editor: an open version is always the newest. No query."""
    return Head(draft.gig, title_of(draft.version), draft.version, returned_of(draft.version))


def title_of(version: GigVersion) -> str:
    return version.title or _("A gig without a title yet")


def returned_of(newest: GigVersion) -> GigVersion | None:
    """The returned version whose reasons are still to be met: the newest, or what the open draft is a copy of."""
    if newest.status == VersionState.RETURNED:
        return newest
    base = newest.based_on
    is_open = newest.status == VersionState.DRAFT
    return base if is_open and base is not None and base.status == VersionState.RETURNED else None


def tabs_of(head: Head) -> list[tuple[str, str, str]]:
    """``(name of the address, label, address)`` of a gig's pages; those that have nothing to show are left out."""
    edit = [("section", _("Edit"), ["words"])] if head.draft else []
    names: list[tuple[str, str, list[str]]] = [
        ("gig", _("Overview"), []),
        *edit,
        ("preview", _("Preview"), []),
        ("model", _("Model"), []),
        ("found", _("How it is found"), []),
        ("versions", _("Versions"), []),
    ]
    return [(name, label, reverse(f"studio_gigs:{name}", args=[head.gig.pk, *more])) for name, label, more in names]


def page_context(head: Head, here: str) -> dict[str, Any]:
    """What ``studio_gigs/head.html`` shows."""
    return {
        "head": head,
        "gig": head.gig,
        "tabs": [(label, href, name == here) for name, label, href in tabs_of(head)],
    }


def newest_versions(gig_ids: list[UUID]) -> dict[UUID, GigVersion]:
    """The version of each gig that was made last. One query."""
    rows = GigVersion.objects.filter(gig__in=gig_ids).select_related("based_on").order_by("gig_id", "-number")
    return {row.gig_id: row for row in rows.distinct("gig_id")}


def line_of(text: str, most: int = 80) -> str:
    """What was typed into an address or came with a button, as one line that can be looked for."""
    return " ".join(printable(text).split())[:most]
