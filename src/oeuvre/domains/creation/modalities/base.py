"""What a modality of creation models has to provide: what can be asked for, how it is made, shown, paid and handed out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias

from django.utils.translation import gettext_lazy

from oeuvre.domains.creation.errors import PromptInvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from uuid import UUID

    from django.utils.functional import _StrPromise

    from oeuvre.domains.creation.models import CreationModel
    from oeuvre.domains.creation.ports import Studio
    from oeuvre.domains.portfolio.states import Modality
    from oeuvre.kit.money import Money

    Label: TypeAlias = str | _StrPromise


OVERLAY, DESIGN_JSON = "overlay", "design"
"""Names of what is kept beside a piece: which work each part comes from, and a form in which its words can be changed."""
_PROMPT = gettext_lazy("What do you need?")
_PROMPT_HELP = gettext_lazy("Say what it is, for whom, and what must be in it. One to three sentences do well.")


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that a buyer may give to an option."""

    key: str
    label: Label
    options: Mapping[str, Any]
    """What it comes to, in the modality's own terms: ``{"max_tokens": 220}``."""


@dataclass(frozen=True, slots=True)
class Option:
    """A question beside the prompt, drawn as radio buttons: how long, which format, which size."""

    name: str
    label: Label
    choices: tuple[Choice, ...]
    initial: str
    """The key of the choice that is made already."""

    def chosen(self, key: str) -> Mapping[str, Any]:
        """What an answer comes to. Raises KeyError for none of the choices."""
        return {choice.key: choice.options for choice in self.choices}[key]


@dataclass(frozen=True, slots=True)
class TextOption:
    """A question beside the prompt that is answered in words."""

    name: str
    """Of the option that the answer becomes."""
    label: Label
    help: Label
    longest: int
    """Characters."""
    when: tuple[str, ...] = ()
    """Keys of the first option's choices that it is asked for with; empty: always."""
    is_long: bool = False
    """Whether it is more than a line."""
    is_needed: bool = False
    """Whether it has to be answered where it is asked for."""


@dataclass(frozen=True, slots=True)
class FileOption:
    """A file that a buyer may bring beside the prompt."""

    name: str
    """Of the option that it becomes, and of what is kept of it."""
    label: Label
    help: Label
    accept: str
    when: tuple[str, ...] = ()
    """As of a `TextOption`."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A file as a buyer brings it."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A form in which a licensed piece is downloaded."""

    suffix: str
    """The ending of the file's name, and how an address and ``LicenceFile.format`` name it."""
    mime: str
    label: Label


@dataclass(frozen=True, slots=True)
class Least:
    """What it takes to train: with less a model copies rather than learns."""

    works: int
    size: float
    """Of all of them, in the works' unit."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """What pages say differently of each modality."""

    ask: Label
    """On the button: ``Write a preview``."""
    ask_logged_out: Label
    at_work: Label
    """While it is made: ``It is writing``."""
    seed_help: Label
    refused: str
    """Of a topic, with ``%(model)s`` and ``%(topic)s``."""
    nothing_made: str
    """Of a prompt that nothing came of."""
    yours: Label
    """What a buyer has once they paid."""
    size_heading: Label
    """Over the size of a piece: ``Words in all``."""
    digest_heading: Label
    """Over the hash of a piece itself, whatever file it is in: ``Text (SHA-256)``."""
    itself: Label
    """What somebody verified who had the piece without a file format around it: ``the text itself``."""
    shelf: Label = ""
    """What its models make, over a shelf of them: ``Pictures``."""
    prompt: Label = _PROMPT
    """Over the field that a buyer writes into."""
    prompt_help: Label = _PROMPT_HELP
    credit: Label = ""
    """How the shares of works in a piece come about, in a sentence or two."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a version is asked for."""

    version: str
    prompt: str
    seed: int
    options: Mapping[str, Any]
    asked_by: UUID
    files: Mapping[str, bytes] = field(default_factory=dict)
    """What the buyer brought, cleaned, by the option that it is."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What of a piece is shown before it is paid for: a text, or a file that says and shows that it is one."""

    text: str = ""
    content: bytes = b""
    mime: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A piece as it is sold, with what is shown of it."""

    content: bytes
    mime: str
    size: float
    """In the works' unit: words, seconds, pixels."""
    units: int
    """What computing it is paid by."""
    preview: Preview
    credit: tuple[tuple[str, float], ...]
    """``(sha256 of the work, estimated share)``; shares sum to 1."""
    facts: dict[str, float | str] = field(default_factory=dict)
    beside: dict[str, bytes] = field(default_factory=dict)
    """What is kept beside it: an ``OVERLAY`` for the model's owner, a ``DESIGN_JSON`` whose words can be changed."""


@dataclass(frozen=True, slots=True)
class About:
    """What a downloaded file says of itself."""

    title: str
    creator: str
    version: str
    licence: str
    created: date
    language: str
    platform: str


@dataclass(frozen=True, slots=True)
class TrainingInput:
    """What a trainer gets of one work: its text, or the file as it came."""

    text: str = ""
    content: bytes = b""


class StoredWork(Protocol):
    """A work of the portfolio, opened for the trainer."""

    def kept(self) -> bytes:
        """What was read out of it: a text in UTF-8, or what pages show."""
        ...

    def content(self) -> bytes:
        """The file as it came."""
        ...


class Watch(Protocol):
    """Looks after a piece while it is made."""

    def __call__(self, preview: Callable[[], str] | None = None) -> bool:
        """Whether to go on: no once the model was switched off. ``preview`` is shown from now on; it is asked for only
        when somebody may look. Called as often as one likes."""
        ...


class CreationModality(ABC):
    """One kind of creation models. ``table.MODALITIES`` holds those that this installation trains and sells."""

    name: ClassVar[Modality]
    phrases: ClassVar[Phrases]
    least: ClassVar[Least]
    options: ClassVar[tuple[Option, ...]]
    texts: ClassVar[tuple[TextOption, ...]] = ()
    files: ClassVar[tuple[FileOption, ...]] = ()
    works_option: ClassVar[str] = ""
    """Name of the option under which a buyer may name works to begin from; empty where that cannot be asked for."""
    formats: ClassVar[tuple[FileFormat, ...]]
    """In which licensed pieces are handed out, the one that most people want first."""
    typical_units: ClassVar[int]
    """Of the piece that the freelancer's price page reckons with."""
    typical_said: ClassVar[Label]
    """How long or large that is: ``about 300 words``."""
    priced_by: ClassVar[Label] = ""
    """What a price is for, where that is no whole piece: ``each begun minute``; ``price_for`` reckons by it."""
    needs_consent: ClassVar[bool] = False
    """Whether its models are of a person, who has to agree with their own voice before one is trained or sold."""
    is_spoken: ClassVar[bool] = False
    """Whether its owner keeps a list of how particular words are said."""
    one_size_a_seed: ClassVar[str] = ""
    """What a buyer is told who asks for the same prompt and seed in another size, where the preview of a larger piece
    would show all of a smaller one; empty where it does not."""

    @property
    @abstractmethod
    def rate(self) -> int:
        """What computing one unit costs the operator, in thousandths of a cent."""

    @abstractmethod
    def units_said(self, units: int) -> str:
        """Units in words, also for receipts: ``400 tokens``."""

    @abstractmethod
    def training_input(self, work: StoredWork) -> TrainingInput:
        """What a trainer learns a work from."""

    @abstractmethod
    def options_clean(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Options as they are kept and made with, those not given at their usual values. Raises PromptInvalidError."""

    @abstractmethod
    def units_expected(self, options: Mapping[str, Any]) -> int:
        """Of a piece with these options: what the price is reckoned with before it is made."""

    @abstractmethod
    def make(self, studio: Studio, wanted: Wanted, watch: Watch) -> Made | None:
        """Have the studio make it; None where nothing came of the prompt, or ``watch`` said to stop.

        Raises VersionNotLoadedError, StudioUnavailableError or StudioRefusedError.
        """

    @abstractmethod
    def render(self, content: bytes, fmt: FileFormat, about: About) -> bytes:
        """A piece in one of the ``formats``, before it gets its credentials."""

    def as_offered(self, options: Mapping[str, Any], model: CreationModel) -> dict[str, Any]:
        """Clean options with what the model's owner set for every piece; by default nothing."""
        return dict(options)

    def price_for(self, price: Money, units: int) -> Money:
        """What a piece of so many units costs where one use is priced at ``price``; by default the same for all."""
        return price

    def is_own_sample(self, sample: Mapping[str, Any]) -> bool:
        """Whether a sample of a report was made by the version; one that is there to compare with is not judged or shown
        to buyers."""
        return True

    def files_clean(self, options: Mapping[str, Any], files: Mapping[str, Brought]) -> dict[str, bytes]:
        """What a buyer brings, as it is kept and made with; ``options`` are clean. Raises PromptInvalidError or
        FileRefusedError's family."""
        if files:
            raise PromptInvalidError("This model takes no files.")
        return {}

    def reword(self, studio: Studio, version: str, design: bytes, texts: Mapping[str, str], *, asked_by: UUID) -> bytes:
        """A piece in other words, as it is kept; ``design`` is what was kept of it as ``DESIGN_JSON``.

        Only for pieces that have one. Raises what ``make`` raises.
        """
        raise PromptInvalidError("There are no words on this piece that could be changed.")

    def formats_of(self, content: bytes) -> tuple[FileFormat, ...]:
        """Those of the ``formats`` that one piece can be had in; by default all."""
        return self.formats

    def wording(self, prompt: str, options: Mapping[str, Any]) -> str:
        """All that somebody asks for in words: what the freelancer's refused topics are looked for in."""
        return prompt

    def shown(self, content: bytes, mime: str) -> tuple[bytes, str]:
        """What a page shows of a whole piece to whoever may have it, with its media type."""
        return content, mime

    def text_of(self, content: bytes) -> str:
        """The text of a piece, for pages; empty where it is not made of text."""
        return ""

    def usual_options(self) -> dict[str, Any]:
        """What is made where nobody chooses."""
        chosen = {name: value for option in self.options for name, value in option.chosen(option.initial).items()}
        return self.options_clean(chosen)


def option_range(options: Mapping[str, Any], name: str, low: int, high: int, message: str) -> int:
    """A whole number among options. Raises PromptInvalidError with the message."""
    value = options.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise PromptInvalidError(message)
    return value
