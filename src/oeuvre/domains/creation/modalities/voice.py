"""Voices: they speak a text in one piece, are counted in seconds and handed out as recordings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext_lazy

from oeuvre.domains.creation.errors import PromptInvalidError, PronunciationsInvalidError, StudioRefusedError
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
    TextOption,
    TrainingInput,
    Wanted,
)
from oeuvre.domains.creation.phrases import SPOKEN
from oeuvre.domains.creation.pronouncing import MOST_OF_BUYER, pronunciations_read, pronunciations_said
from oeuvre.domains.portfolio.states import Modality
from oeuvre.kit.files import sniffing
from oeuvre.kit.files.sounds import sound_convert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oeuvre.domains.creation.modalities.base import StoredWork, Watch
    from oeuvre.domains.creation.models import CreationModel
    from oeuvre.domains.creation.ports import Studio
    from oeuvre.kit.money import Money

SPEED, LANGUAGE, SAID, LISTED = "speed", "language", "pronunciations", "listed"
"""Options; ``SAID`` is a buyer's word on how words are said, ``LISTED`` the owner's."""
SLOWEST, FASTEST = 0.5, 2.0
"""Of the usual pace; the studio's limits."""
_MINUTE = 60
"""Seconds, each of which is a unit."""
_TYPICAL = 30
"""Seconds of the piece that a price is reckoned with before a text is known: a radio spot."""
_AS_RECORDED = ""
STOCK_VOICE = "stock voice "
"""How a report begins the name of a ready-made voice that says a sample."""
_LONGEST_SAID = 600
"""Characters of what a buyer adds to the owner's list for one piece."""


class Voices(CreationModality):
    """Models that speak in the manner of somebody."""

    name: ClassVar = Modality.VOICE
    phrases: ClassVar = Phrases(
        shelf=gettext_lazy("Voices"),
        ask=gettext_lazy("Make a preview"),
        ask_logged_out=gettext_lazy("Log in and make a preview"),
        at_work=gettext_lazy("It is speaking"),
        seed_help=gettext_lazy("A whole number. The same text, speed and seed give the same recording again."),
        refused="%(model)s does not speak about “%(topic)s”. If you think this is a mistake, appeal.",
        nothing_made="There was nothing to speak in this text. Write it in words.",
        yours=gettext_lazy("You pay once. The recording, its credentials, certificate and receipt are yours at once."),
        size_heading=gettext_lazy("Length in all"),
        digest_heading=gettext_lazy("Recording (SHA-256)"),
        itself=gettext_lazy("the recording itself"),
        credit=gettext_lazy(
            "An estimate: how alike each recording and this piece sound, on the measure that the voice was fitted with."
        ),
        prompt=gettext_lazy("What should it say?"),
        prompt_help=gettext_lazy(
            "Word for word, as it is to be heard. Numbers and names are safest written out. 75 words take half a minute."
        ),
    )
    least: ClassVar = Least(works=8, size=60)
    """Less gives a voice that is near one recording instead of the person."""
    needs_consent: ClassVar = True
    options: ClassVar = (
        Option(
            SPEED,
            gettext_lazy("How fast?"),
            (
                Choice("slow", gettext_lazy("Slower, for explaining"), {SPEED: 0.85}),
                Choice("usual", gettext_lazy("At the voice's own pace"), {}),
                Choice("fast", gettext_lazy("Faster, for a short spot"), {SPEED: 1.15}),
            ),
            "usual",
        ),
        Option(
            LANGUAGE,
            gettext_lazy("In which language is the text?"),
            (
                Choice("recorded", gettext_lazy("The one of the recordings"), {}),
                *(Choice(spoken.code, spoken.label, {LANGUAGE: spoken.code}) for spoken in SPOKEN.values()),
            ),
            "recorded",
        ),
    )
    texts: ClassVar = (
        TextOption(
            SAID,
            gettext_lazy("How particular words are said"),
            gettext_lazy(
                "One a line, only where the preview says one wrongly: “SQL = sequel”, or in phonemes “Zoë = /zoʊi/”. Names "
                "that the freelancer listed are known already."
            ),
            _LONGEST_SAID,
            is_long=True,
        ),
    )
    is_spoken: ClassVar = True
    priced_by: ClassVar = gettext_lazy("each begun minute of speech")
    formats: ClassVar = (
        FileFormat("wav", sniffing.WAV, "WAV"),
        FileFormat("mp3", sniffing.MP3, "MP3"),
        FileFormat("flac", sniffing.FLAC, "FLAC"),
    )
    typical_units: ClassVar = _TYPICAL
    typical_said: ClassVar = gettext_lazy("about 30 seconds, 75 words")

    @property
    def rate(self) -> int:
        return settings.COMPUTE_MILLICENTS_PER_SECOND

    def price_for(self, price: Money, units: int) -> Money:
        """The price of a minute for each that is begun."""
        return price * max(1, math.ceil(units / _MINUTE))

    def units_said(self, units: int) -> str:
        return f"{units} seconds"

    def training_input(self, work: StoredWork) -> TrainingInput:
        return TrainingInput(content=work.content())

    def options_clean(self, options: Mapping[str, Any]) -> dict[str, Any]:
        if unknown := options.keys() - {SPEED, LANGUAGE, SAID, LISTED}:
            raise PromptInvalidError(f"A voice has no option {', '.join(sorted(unknown))}.")
        speed = options.get(SPEED, 1.0)
        if isinstance(speed, bool) or not isinstance(speed, int | float) or not SLOWEST <= speed <= FASTEST:
            raise PromptInvalidError(f"A voice speaks at {SLOWEST:g} to {FASTEST:g} times its own pace.")
        language = options.get(LANGUAGE, _AS_RECORDED)
        if language != _AS_RECORDED and language not in SPOKEN:
            raise PromptInvalidError(f"Voices speak {', '.join(SPOKEN)}. Choose one of these languages.")
        said = _said(options.get(SAID) or "")
        return {SPEED: float(speed), LANGUAGE: language, **({SAID: said} if said else {})}

    def as_offered(self, options: Mapping[str, Any], model: CreationModel) -> dict[str, Any]:
        """With the owner's pronunciations as they are now."""
        listed = getattr(model, "pronunciation_list", None)
        return {**options, LISTED: listed.entries} if listed and listed.entries else dict(options)

    def is_own_sample(self, sample: Mapping[str, Any]) -> bool:
        """Not where a ready-made voice says the same, to compare with."""
        return not str((sample.get("facts") or {}).get("voice", "")).startswith(STOCK_VOICE)

    def wording(self, prompt: str, options: Mapping[str, Any]) -> str:
        """Also how words are said: a respelling could say what the text does not."""
        return "\n".join([prompt, *options.get(SAID, {}).values()])

    def units_expected(self, options: Mapping[str, Any]) -> int:
        return math.ceil(_TYPICAL / float(options[SPEED]))

    def make(self, studio: Studio, wanted: Wanted, watch: Watch) -> Made | None:
        told = {
            name: value for name, value in wanted.options.items() if name in (SPEED, LANGUAGE) and value != _AS_RECORDED
        }
        if said := {**wanted.options.get(LISTED, {}), **wanted.options.get(SAID, {})}:
            told[SAID] = said
        made = studio.make(
            version=wanted.version,
            modality=self.name,
            prompt=wanted.prompt,
            seed=wanted.seed,
            options={**told, "format": "wav", "preview": True},
            asked_by=wanted.asked_by,
            is_wanted=watch,
        )
        if made is None:
            return None
        if not made.preview:
            raise StudioRefusedError("The studio sent no preview of the recording; is it another release?")
        return Made(
            content=made.content,
            mime=made.mime,
            size=round(float(made.facts.get("seconds", made.units)), 2),
            units=made.units,
            preview=Preview(content=made.preview, mime=made.preview_mime),
            credit=made.credit,
            facts=made.facts,
        )

    def render(self, content: bytes, fmt: FileFormat, about: About) -> bytes:
        return sound_convert(content, sniffing.WAV, fmt.mime)


def _said(given: Any) -> dict[str, str]:
    """A buyer's pronunciations, as typed or as kept of an earlier piece. Raises PromptInvalidError, line by line."""
    try:
        if isinstance(given, dict):
            listed = pronunciations_said({str(word): str(said) for word, said in given.items()})
            return pronunciations_read(listed, most=MOST_OF_BUYER)
        return pronunciations_read(str(given), most=MOST_OF_BUYER)
    except PronunciationsInvalidError as error:
        raise PromptInvalidError(error.message) from None
