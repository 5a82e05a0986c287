"""Texts: streamed as they are written, counted in tokens, handed out as documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext_lazy

from oeuvre.domains.creation.errors import PromptInvalidError
from oeuvre.domains.creation.modalities.base import (
    About,
    Choice,
    CreationModality,
    FileFormat,
    Least,
    Made,
    Option,
    Phrases,
    Preview,
    TrainingInput,
    Wanted,
    option_range,
)
from oeuvre.domains.creation.ports import Documents
from oeuvre.domains.creation.preview import preview_of, preview_while_written, tidy
from oeuvre.domains.portfolio.states import Modality
from oeuvre.kit.ports import port
from oeuvre.kit.provenance import DocumentFormat, TextDocument

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oeuvre.domains.creation.modalities.base import Label, StoredWork, Watch
    from oeuvre.domains.creation.ports import Studio

MIN_TOKENS, MAX_TOKENS = 16, 512
_MAX_TOKENS = "max_tokens"
_LABELS: dict[DocumentFormat, Label] = {
    DocumentFormat.PDF: "PDF",
    DocumentFormat.DOCX: "Word (DOCX)",
    DocumentFormat.MARKDOWN: "Markdown",
    DocumentFormat.TXT: gettext_lazy("Plain text (TXT)"),
}


class Texts(CreationModality):
    """Models that write."""

    name: ClassVar = Modality.TEXT
    phrases: ClassVar = Phrases(
        shelf=gettext_lazy("Texts"),
        ask=gettext_lazy("Write a preview"),
        ask_logged_out=gettext_lazy("Log in and write a preview"),
        at_work=gettext_lazy("It is writing"),
        seed_help=gettext_lazy("A whole number. The same prompt, length and seed give the same text again."),
        refused="%(model)s does not write about “%(topic)s”. If you think this is a mistake, appeal.",
        nothing_made="The model had nothing to say to this prompt. Try another wording.",
        yours=gettext_lazy("You pay once. The text, its credentials, certificate and receipt are yours at once."),
        size_heading=gettext_lazy("Words in all"),
        digest_heading=gettext_lazy("Text (SHA-256)"),
        itself=gettext_lazy("the text itself"),
        credit=gettext_lazy(
            "An estimate: the text is compared with the passages of each work it was trained on. The shares sum to 100 %."
        ),
    )
    least: ClassVar = Least(works=5, size=3_000)
    """Less text than this gives a model that copies: the gate would reject it after all the waiting."""
    options: ClassVar = (
        Option(
            "length",
            gettext_lazy("How long?"),
            (
                Choice("short", gettext_lazy("Short, up to 70 words"), {_MAX_TOKENS: 96}),
                Choice("medium", gettext_lazy("Medium, up to 160 words"), {_MAX_TOKENS: 220}),
                Choice("long", gettext_lazy("Long, up to 330 words"), {_MAX_TOKENS: 440}),
            ),
            "medium",
        ),
    )
    """A word takes about four thirds of a token."""
    formats: ClassVar = tuple(FileFormat(fmt.value, fmt.mime, label) for fmt, label in _LABELS.items())
    typical_units: ClassVar = 400
    typical_said: ClassVar = gettext_lazy("about 300 words")
    one_size_a_seed: ClassVar = "This prompt was written with this seed at another length. Choose another seed."

    @property
    def rate(self) -> int:
        return settings.COMPUTE_MILLICENTS_PER_TOKEN

    def units_said(self, units: int) -> str:
        return f"{units} tokens"

    def training_input(self, work: StoredWork) -> TrainingInput:
        return TrainingInput(text=work.kept().decode())

    def options_clean(self, options: Mapping[str, Any]) -> dict[str, Any]:
        if unknown := options.keys() - {_MAX_TOKENS}:
            raise PromptInvalidError(f"A text has no option {', '.join(sorted(unknown))}.")
        message = f"A text has {MIN_TOKENS} to {MAX_TOKENS} tokens."
        return {_MAX_TOKENS: option_range({_MAX_TOKENS: 220, **options}, _MAX_TOKENS, MIN_TOKENS, MAX_TOKENS, message)}

    def units_expected(self, options: Mapping[str, Any]) -> int:
        return int(options[_MAX_TOKENS])

    def make(self, studio: Studio, wanted: Wanted, watch: Watch) -> Made | None:
        result = studio.generate(
            version=wanted.version,
            prompt=wanted.prompt,
            seed=wanted.seed,
            max_tokens=wanted.options[_MAX_TOKENS],
            asked_by=wanted.asked_by,
            on_text=lambda text: watch(lambda: preview_while_written(text)),
        )
        text = tidy(result.text, cut_off=result.finish_reason == "length")
        if not text:
            return None
        return Made(
            content=text.encode(),
            mime=DocumentFormat.TXT.mime,
            size=len(text.split()),
            units=result.tokens,
            preview=Preview(text=preview_of(text)),
            credit=result.credit,
        )

    def render(self, content: bytes, fmt: FileFormat, about: About) -> bytes:
        document = TextDocument(
            title=about.title,
            text=content.decode(),
            creator=about.creator,
            version=about.version,
            licence=about.licence,
            created=about.created,
            language=about.language,
            platform=about.platform,
        )
        return port("documents", Documents).text(document, DocumentFormat(fmt.suffix))

    def text_of(self, content: bytes) -> str:
        return content.decode()
