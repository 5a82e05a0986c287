"""What a modality of works has to provide: how its files are read, measured, recognised and shown."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.functional import _StrPromise

    from oeuvre.domains.portfolio.models import Work
    from oeuvre.domains.portfolio.similarity import Passage
    from oeuvre.domains.portfolio.states import Modality


@dataclass(frozen=True, slots=True)
class FileType:
    """Files of one media type that works come in."""

    media_type: str
    suffixes: tuple[str, ...]
    """Endings of names that promise it, in lower case with their dot; an empty one is a name without an ending."""
    label: str | _StrPromise
    """What such a file is called after “named like”: ``a PDF document``."""
    limit: int
    """Bytes that one may have."""
    kind: str = ""
    """What such a work is where nobody says otherwise: ``web page``."""
    is_known_by_name: bool = False
    """Whether only the name tells it from its neighbours: one text format from another."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read out of a file."""

    modality: Modality
    media_type: str
    size: float
    """In the modality's unit; more than nothing."""
    content_sha256: str
    """Of what is in the file however it is packed: two works that are the same to people have the same."""
    signature: bytes
    """What it is recognised by where it was changed a little; the modality compares two of them."""
    bands: tuple[int, ...]
    """Signed 64-bit numbers: works are compared where they share one (locality-sensitive hashing)."""
    text: str = ""
    """Its text, where the modality is made of text."""
    small: bytes = b""
    """What pages show of it, where they cannot show a text: a small picture, a light recording."""
    title: str = ""
    """What the file itself calls it; empty where it does not say."""
    kind: str = ""
    facts: dict[str, float | str] = field(default_factory=dict)
    """What else was measured: ``seconds``, ``sample_rate``, ``width``, ``height``."""

    @property
    def kept(self) -> bytes:
        """What is kept, sealed, beside the file: the text, or what pages show."""
        return self.text.encode() or self.small


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why a work is not trained on."""

    code: str
    message: str
    fix: str
    lifted_by: str = ""
    """The rights that lift it, where saying so is enough; empty where more is needed."""


class WorkModality(ABC):
    """One kind of works. ``table.MODALITIES`` holds those that this installation takes."""

    name: ClassVar[Modality]
    unit: ClassVar[str]
    """What ``Work.size`` counts, as manifests name it: ``words``, ``seconds``, ``pixels``."""
    types: ClassVar[tuple[FileType, ...]]
    accept: ClassVar[str]
    """What a file input offers first, as HTML's ``accept`` has it."""
    advice: ClassVar[str | _StrPromise]
    """What to do with a file that cannot be read, as one sentence: ``Save its text as TXT …``."""
    size_label: ClassVar[str | _StrPromise]
    """The heading over sizes: ``Words``, ``Length``."""
    is_sketched: ClassVar[bool] = False
    """Whether its works have sketches, by which others' outputs are compared with them."""
    shown_type: ClassVar[str] = ""
    """The media type of what is kept beside the file, where that is a picture or recording for pages."""

    reads_notes: ClassVar[bool] = False
    """Whether its files may say by themselves that nobody is to train on them."""

    is_gallery: ClassVar[bool] = False
    """Whether lists show its works side by side, as pictures."""

    @abstractmethod
    def read(self, data: bytes, media_type: str) -> Reading:
        """What is in a file of one of the ``types``. Raises FileRefusedError's family; nothing is kept."""

    @abstractmethod
    def said(self, size: float) -> str:
        """A size in words for people: ``1,240 words``, ``0:42 min``."""

    @abstractmethod
    def number(self, size: float) -> str:
        """A size under its heading: ``1,240``, ``0:42``."""

    @abstractmethod
    def already_there(self, title: str) -> str:
        """What somebody is told who brings a work again that they have under ``title``."""

    @abstractmethod
    def similarity(self, one: bytes, other: bytes) -> float:
        """How alike two signatures are, 0 to 1. A person looks at a pair from ``threshold`` on."""

    threshold: ClassVar[float]

    def refusals(self, work: Work) -> Sequence[Refusal]:
        """What in the work itself keeps it from being trained on; by default nothing."""
        return ()

    def excerpt(self, kept: bytes) -> str:
        """The text of a work for its page, from what is kept of it; by default there is none."""
        return ""

    @abstractmethod
    def likeness(self, share: str, *, is_same: bool) -> str:
        """What an operator is told of a pair that is alike by ``share`` (``63 %``)."""

    def shared(self, one: bytes, other: bytes) -> list[Passage]:
        """The stretches that two works share, from what is kept of both; none where they are looked at side by side."""
        return []

    def sketch(self, kept: bytes) -> bytes:
        """The sketch of a work, from what is kept of it. Asked for only where ``is_sketched``."""
        raise NotImplementedError
