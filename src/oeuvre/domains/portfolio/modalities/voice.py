"""Recordings of a voice, measured in seconds and recognised by their sound."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.portfolio import errors, hearing
from oeuvre.domains.portfolio.limits import LIMITS
from oeuvre.domains.portfolio.modalities.base import FileType, Reading, WorkModality
from oeuvre.domains.portfolio.states import Modality
from oeuvre.kit.files import sniffing as kit
from oeuvre.kit.files.sounds import (
    Sound,
    SoundMislabelledError,
    SoundTooLongError,
    SoundUnreadableError,
    sound_inspect,
)
from oeuvre.kit.lengths import clock


class Recordings(WorkModality):
    """Everything that is spoken."""

    name: ClassVar = Modality.VOICE
    unit: ClassVar = "seconds"
    types: ClassVar = (
        FileType(kit.WAV, (".wav", ".wave"), gettext_lazy("a WAV recording"), LIMITS.recording),
        FileType(kit.FLAC, (".flac",), gettext_lazy("a FLAC recording"), LIMITS.recording),
        FileType(kit.MP3, (".mp3",), gettext_lazy("an MP3 recording"), LIMITS.recording),
    )
    accept: ClassVar = ".wav,.flac,.mp3,audio/wav,audio/flac,audio/mpeg"
    advice: ClassVar = gettext_lazy("Save a recording as WAV, FLAC or MP3.")
    size_label: ClassVar = gettext_lazy("Length")
    shown_type: ClassVar = kit.MP3
    threshold: ClassVar = 0.5

    def read(self, data: bytes, media_type: str) -> Reading:
        """See the base class. Raises RecordingUnreadableError, TypeMismatchError and RecordingUnfitError."""
        sound = _heard(data, media_type)
        check_fit(sound)
        return Reading(
            modality=self.name,
            media_type=media_type,
            size=round(sound.seconds, 2),
            content_sha256=sound.content_sha256,
            signature=sound.signature,
            bands=hearing.bands_of(sound.signature),
            small=sound.small,
            facts={
                "seconds": round(sound.seconds, 2),
                "sample_rate": sound.sample_rate,
                "channels": sound.channels,
                "peak": round(sound.peak, 1),
                "loudness": round(sound.loudness, 1),
                "clipped": round(sound.clipped, 5),
            },
        )

    def said(self, size: float) -> str:
        return _("%(length)s min") % {"length": clock(size)}

    def number(self, size: float) -> str:
        return clock(size)

    def already_there(self, title: str) -> str:
        return _(
            "You have this recording already, as “%(title)s”. Remove that one first if this is the better file."
        ) % {"title": title}

    def similarity(self, one: bytes, other: bytes) -> float:
        return hearing.shared_share(one, other)

    def likeness(self, share: str, *, is_same: bool) -> str:
        if is_same:
            return _("Both are the same recording, sample by sample.")
        return _("About %(share)s of the shorter recording is in the other as well (estimate).") % {"share": share}


def _heard(data: bytes, media_type: str) -> Sound:
    try:
        return sound_inspect(data, media_type, longest=LIMITS.recording_longest)
    except SoundTooLongError:
        raise errors.RecordingUnfitError(
            _("It is longer than %(limit)d minutes. Cut it into parts of a few minutes.")
            % {"limit": LIMITS.recording_longest // 60},
            reason="too_long",
        ) from None
    except SoundMislabelledError:
        raise errors.TypeMismatchError(
            _("It begins like one type of recording and is another inside. Save it again as WAV, FLAC or MP3.")
        ) from None
    except SoundUnreadableError:
        raise errors.RecordingUnreadableError(
            _("The recording is damaged or cut off. Save it again from your editor as WAV or FLAC.")
        ) from None


def check_fit(sound: Sound) -> None:
    """Raises RecordingUnfitError, with the ``reason`` in its context, for what a voice cannot be learned from."""
    percent = f"{100 * sound.clipped:.1f} %"
    checks = (
        (
            sound.seconds < LIMITS.recording_shortest,
            "too_short",
            _("It lasts %(seconds).1f seconds; %(limit)d is the least. Record a whole sentence.")
            % {"seconds": sound.seconds, "limit": LIMITS.recording_shortest},
        ),
        (
            sound.sample_rate < LIMITS.recording_rate,
            "low_rate",
            _("Its sample rate is %(rate)d Hz; %(limit)d is the least. Export it again at 44,100 or 48,000 Hz.")
            % {"rate": sound.sample_rate, "limit": LIMITS.recording_rate},
        ),
        (
            sound.peak < LIMITS.recording_silent,
            "silent",
            _("There is next to nothing to hear in it. Check which track was exported, and export it again."),
        ),
        (
            sound.clipped > LIMITS.recording_clipped,
            "clipped",
            _("%(percent)s of it is cut off at full level, which is heard as distortion. Record it again more softly.")
            % {"percent": percent},
        ),
    )
    for is_unfit, reason, message in checks:
        if is_unfit:
            raise errors.RecordingUnfitError(message, reason=reason)
