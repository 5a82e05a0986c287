"""What settings, answers and cases must be before they are kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

from oeuvre.domains.assistant.engine.types import Audience, Policy, Topic
from oeuvre.domains.assistant.errors import AnswerInvalidError, CaseInvalidError, SettingsInvalidError
from oeuvre.domains.assistant.limits import LIMITS
from oeuvre.kit.files.naming import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from oeuvre.domains.assistant.content import Note, SettingsContent
    from oeuvre.kit.errors import DomainError


def line(text: str) -> str:
    """One line without stray characters."""
    return " ".join(printable(text).split())


def block(text: str) -> str:
    """Paragraphs without stray characters."""
    return "\n".join(printable(row).rstrip() for row in text.splitlines()).strip()


def settings_checked(content: SettingsContent) -> SettingsContent:
    """The settings without stray characters and empty entries. Raises SettingsInvalidError for the first that cannot be."""
    _time_zone(content)
    _office(content)
    if not 0 <= content.discount_most <= LIMITS.discount:
        raise _wrong("discount_most", _("A discount is 0 to %(most)d percent.") % {"most": LIMITS.discount})
    if content.offers and (content.offers.most.amount <= 0 or not 1 <= content.offers.most_copies <= LIMITS.copies):
        raise _wrong(
            "offers", _("Name the most that an offer may cost, and 1 to %(most)d times a package.") % _copies()
        )
    if content.returns_after_days < 0:
        raise _wrong("returns_after_days", _("Days cannot be fewer than none."))
    languages = tuple(dict.fromkeys(line(language) for language in content.languages if language.strip()))
    if not languages:
        raise _wrong("languages", _("Choose a language at least."))
    _count("languages", languages, LIMITS.languages)
    return replace(
        content,
        languages=languages,
        policies={audience: content.policies.get(audience, Policy.OFF) for audience in Audience},
        hand_off_topics=_topics("hand_off_topics", content.hand_off_topics),
        refused=_topics("refused", content.refused),
        never=_lines("never", content.never),
        notes=_notes(content.notes),
    )


def _copies() -> dict[str, int]:
    return {"most": LIMITS.copies}


def _time_zone(content: SettingsContent) -> None:
    try:
        ZoneInfo(content.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise _wrong("time_zone", _("There is no such time zone.")) from None


def _office(content: SettingsContent) -> None:
    _count("office", content.office, LIMITS.windows)
    for window in content.office:
        if not 0 <= window.weekday <= 6 or window.start >= window.end:
            raise _wrong("office", _("Office hours end after they begin."))


def _topics(field: str, topics: Iterable[Topic]) -> tuple[Topic, ...]:
    found = tuple(
        Topic(line(topic.name), tuple(dict.fromkeys(line(one) for one in topic.examples if one.strip())))
        for topic in topics
        if topic.name.strip()
    )
    _count(field, found, LIMITS.topics)
    for topic in found:
        _length(field, topic.name, LIMITS.topic)
        _count(field, topic.examples, LIMITS.examples)
        for example in topic.examples:
            _length(field, example, LIMITS.example)
    return found


def _lines(field: str, texts: Iterable[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(line(text) for text in texts if text.strip()))
    _count(field, found, LIMITS.topics)
    for text in found:
        _length(field, text, LIMITS.example)
    return found


def _notes(notes: Sequence[Note]) -> tuple[Note, ...]:
    found = tuple(replace(note, title=line(note.title), text=block(note.text)) for note in notes if note.text.strip())
    _count("notes", found, LIMITS.notes)
    for note in found:
        if not note.title:
            raise _wrong("notes", _("Give each text a title."))
        _length("notes", note.title, LIMITS.note_title)
        _length("notes", note.text, LIMITS.note)
    return found


def _count(field: str, found: Sequence[object], most: int) -> None:
    if len(found) > most:
        raise _wrong(field, _("%(most)d at most; these are %(found)d.") % {"most": most, "found": len(found)})


def _length(field: str, text: str, most: int) -> None:
    if len(text) > most:
        raise _wrong(field, _too_long(text, most))


def _too_long(text: str, most: int) -> str:
    return _("This has %(found)d characters; %(most)d are the most.") % {"found": len(text), "most": most}


def _wrong(field: str, message: str) -> SettingsInvalidError:
    return SettingsInvalidError(message, field=field)


def answer_checked(question: str, reply: str) -> tuple[str, str]:
    """Raises AnswerInvalidError for a question or a reply that is missing or too long."""
    question, reply = line(question), block(reply)
    _filled(AnswerInvalidError, "question", question, LIMITS.question)
    _filled(AnswerInvalidError, "reply", reply, LIMITS.reply)
    return question, reply


def case_checked(text: str) -> str:
    """Raises CaseInvalidError for nothing, or too much."""
    text = block(text)
    _filled(CaseInvalidError, "text", text, LIMITS.case)
    return text


def _filled(wrong: type[DomainError], field: str, text: str, most: int) -> None:
    if not text:
        raise wrong(_("Write something here."), field=field)
    if len(text) > most:
        raise wrong(_too_long(text, most), field=field)
