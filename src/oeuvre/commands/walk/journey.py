"""What the people of a walk share: who they are, and what came of the steps so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from oeuvre.commands.walk.bodywork import BodyOfWork
    from oeuvre.commands.walk.people import Person
    from oeuvre.commands.walk.telling import Teller


@dataclass
class Journey:
    """``model``, ``version``, ``piece``, ``licence``, ``gig``, ``gig_page``, ``edit``, ``brief``, ``order`` and ``enquiry`` are paths of pages, as
    the site gave them.
    """

    teller: Teller
    site: str
    mail: Path
    body: BodyOfWork
    minutes: int
    freelancer: Person
    operator: Person
    buyer: Person
    handle: str = ""
    model: str = ""
    run: str = ""
    version: str = ""
    version_name: str = ""
    public: str = ""
    piece: str = ""
    preview: str = ""
    clean: str = ""
    licence: str = ""
    licence_number: str = ""
    gig: str = ""
    gig_page: str = ""
    edit: str = ""
    brief: str = ""
    order: str = ""
    enquiry: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    """What was downloaded, by file name's ending: ``pdf``, ``txt``, ``txt.c2pa`` …"""
    drawn: Journey | None = None
    """What the illustrator shares with the same operator and buyer."""

    @property
    def piece_id(self) -> str:
        return self.piece.strip("/").split("/")[-1]
