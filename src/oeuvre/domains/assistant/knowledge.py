"""All that one freelancer's assistant may use, read anew for every use: a consent that was taken back counts at once.

Everything here starts from the freelancer's id. Nothing of anybody else's can come along, because nothing is asked for
without it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import override

from oeuvre.domains.accounts import selectors as accounts
from oeuvre.domains.accounts.errors import ProfileNotFoundError
from oeuvre.domains.assistant.content import SettingsContent, settings_json, settings_read
from oeuvre.domains.assistant.engine.types import (
    BankAnswer,
    ExtraFacts,
    FaqFacts,
    GigFacts,
    Knowledge,
    PackageFacts,
    Passage,
    Profile,
)
from oeuvre.domains.assistant.errors import ConsentWithdrawnError
from oeuvre.domains.assistant.limits import LIMITS
from oeuvre.domains.assistant.models import Answer
from oeuvre.domains.assistant.sealing import Opener, answer_context, settings_context
from oeuvre.domains.assistant.sources import NOTE, RECORD, conversations_in, talk_id
from oeuvre.domains.assistant.states import AnswerState
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.conversations import selectors as conversations
from oeuvre.domains.orders import selectors as orders
from oeuvre.kit.actor import Actor, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from oeuvre.domains.assistant.models import Assistant
    from oeuvre.domains.catalog.models import Gig
    from oeuvre.domains.catalog.selectors import AttributeWords
    from oeuvre.domains.conversations.selectors import LearnableText

_LICENCE = "licence"


@dataclass(frozen=True, slots=True)
class Talk:
    """An agreed conversation: what was asked, each time with what the freelancer replied."""

    id: UUID
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Known:
    """The knowledge of one assistant with the freelancer's settings, as they are now."""

    freelancer_id: UUID
    settings: SettingsContent
    knowledge: Knowledge
    gigs: dict[str, UUID]
    """Ids of the gigs by their codes."""
    talks: tuple[Talk, ...]
    """The conversations that were learned from, the latest first."""
    fingerprint: str
    """Changes with anything that a reply could depend on."""

    @property
    def talk_ids(self) -> list[UUID]:
        return [talk.id for talk in self.talks]


def freelancer_actor(freelancer_id: UUID) -> Actor:
    """The freelancer as somebody who reads and acts for themselves: their assistant may do no more."""
    return Actor(freelancer_id, frozenset({Role.FREELANCER}))


def settings_open(assistant: Assistant, opener: Opener | None = None) -> SettingsContent:
    """What the freelancer set, or the defaults."""
    raw = (opener or Opener(assistant.freelancer_id)).value(assistant.sealed_settings, settings_context(assistant))
    return settings_read(raw) if raw else SettingsContent()


def known_by(assistant: Assistant) -> Known:
    """Everything that the assistant may use now."""
    freelancer_id = assistant.freelancer_id
    opener = Opener(freelancer_id)
    content = settings_open(assistant, opener)
    talks = _said(freelancer_id)
    gigs = catalog.gigs_live(owner_id=freelancer_id)
    knowledge = Knowledge(
        profile=_profile(freelancer_id),
        gigs=tuple(_gigs(gigs)),
        answers=tuple(_answers(assistant, opener, {talk.id for talk in talks})),
        passages=(*_notes(content), *_record(freelancer_id, content.languages), *_passages(talks)),
    )
    return Known(
        freelancer_id=freelancer_id,
        settings=content,
        knowledge=knowledge,
        gigs={gig.code: gig.pk for gig in gigs},
        talks=talks,
        fingerprint=_fingerprint(content, knowledge),
    )


def require_agreed(*, known: Known, sources: Iterable[str]) -> None:
    """Raises ConsentWithdrawnError where a source comes from a conversation that was agreed to when it was read, and is not
    any more.
    """
    cited = list(sources)
    answers = [id_.removeprefix("answer:") for id_ in cited if id_.startswith("answer:")]
    made = Answer.objects.filter(pk__in=answers).values_list("conversations", flat=True) if answers else ()
    wanted = {pk for row in made for pk in row} | set(conversations_in(cited, {pk.hex: pk for pk in known.talk_ids}))
    if wanted:
        agreed = conversations.learnable(actor=freelancer_actor(known.freelancer_id), freelancer_id=known.freelancer_id)
        if agreed.filter(pk__in=wanted).count() < len(wanted):
            raise ConsentWithdrawnError(_("This stands on a conversation that may not be learned from any more."))


def _profile(freelancer_id: UUID) -> Profile:
    try:
        profile = accounts.profile_own(actor=freelancer_actor(freelancer_id))
    except ProfileNotFoundError:
        return Profile(name="")
    return Profile(profile.user.public_name, profile.headline, profile.bio, tuple(profile.languages))


def _gigs(gigs: Sequence[Gig]) -> Iterator[GigFacts]:
    versions = [gig.published for gig in gigs if gig.published is not None]
    prefetch_related_objects(versions, "extras")
    words = catalog.attribute_words({_LICENCE}) if versions else None
    for gig in gigs:
        if gig.published is not None:
            yield _gig(gig, words)


def _gig(gig: Gig, words: AttributeWords | None) -> GigFacts:
    version = gig.published
    assert version is not None  # noqa: S101  (the caller has looked)
    rights = words.values(_LICENCE, (version.rights,)) if words and version.rights else ()
    return GigFacts(
        key=gig.code,
        title=version.title,
        summary=version.summary,
        description=version.description,
        category=gig.category.key if gig.category else "",
        languages=tuple(version.languages),
        packages=tuple(
            PackageFacts(
                row.key,
                row.title,
                row.price,
                row.days,
                row.revisions,
                row.description,
                tuple(f"{fact['quantity']} {fact['label']}" for fact in row.facts),
            )
            for row in version.packages.all()
        ),
        extras=tuple(ExtraFacts(row.title, row.price, row.days, row.description) for row in version.extras.all()),
        faq=tuple(FaqFacts(row["question"], row["answer"]) for row in version.faq),
        requirements=tuple(row["label"] for row in version.requirements),
        rights=", ".join(rights),
        ai_policy=_ai_sentence(version.ai_policy),
        url=f"{settings.SITE_URL}/gigs/{gig.url_key}/",
    )


def _ai_sentence(policy: str) -> str:
    return {
        "none": _("Nothing of this is made by a model."),
        "assisted": _("It is made by hand, with the help of a model."),
        "generated": _("It is made by a model."),
    }[policy]


def _answers(assistant: Assistant, opener: Opener, agreed: set[UUID]) -> Iterator[BankAnswer]:
    """What the freelancer accepted. What was made from a conversation counts while both people of it agree."""
    rows = Answer.objects.filter(assistant=assistant, status=AnswerState.ACCEPTED).order_by("created_at", "pk")
    for row in rows:
        if set(row.conversations) <= agreed:
            words = opener.value(row.sealed, answer_context(row))
            yield BankAnswer(str(row.pk), words["question"], words["reply"], row.language, tuple(row.sources))


def _notes(content: SettingsContent) -> Iterator[Passage]:
    for note in content.notes:
        yield Passage(f"{NOTE}{note.key}", note.title, note.text, note.language)


def _record(freelancer_id: UUID, languages: Sequence[str]) -> Iterator[Passage]:
    """What anybody may know of finished orders: how many, and how many of them in time."""
    record = orders.track_record(freelancer_id=freelancer_id, since=None)
    if not record.completed:
        return
    with override(languages[0] if languages else "en"):
        said = [_("Completed orders here: %(completed)d.") % {"completed": record.completed}]
        if record.due:
            said.append(
                _("Of %(due)d that had a date, %(on_time)d were delivered in time.")
                % {"due": record.due, "on_time": record.on_time}
            )
        yield Passage(RECORD, _("Finished orders"), " ".join(said))


def _said(freelancer_id: UUID) -> tuple[Talk, ...]:
    """What was asked and what the freelancer answered, by themselves, where both people agree; the latest first."""
    found = conversations.learnable_talk(
        actor=freelancer_actor(freelancer_id),
        freelancer_id=freelancer_id,
        conversations=LIMITS.talks,
        messages=LIMITS.messages,
    )
    return tuple(Talk(pk, tuple(_pairs(texts))) for pk, texts in found.items())


def _pairs(texts: Iterable[LearnableText]) -> Iterator[tuple[str, str]]:
    """Questions with their replies. What an assistant wrote teaches it nothing."""
    asked = ""
    for text in texts:
        if text.by_assistant:
            asked = ""
        elif not text.is_own:
            asked = f"{asked}\n{text.body}".strip()
        elif asked:
            yield asked, text.body
            asked = ""


def _passages(talks: Iterable[Talk]) -> Iterator[Passage]:
    """Each reply with what was asked as its title, so many of them at most."""
    left = LIMITS.passages
    for talk in talks:
        url = f"{settings.SITE_URL}/conversations/{talk.id}/"
        for number, (asked, replied) in enumerate(talk.pairs[:left]):
            yield Passage(talk_id(talk.id, number), asked[: LIMITS.question], replied[: LIMITS.passage], url=url)
        left -= min(left, len(talk.pairs))


def _fingerprint(content: SettingsContent, knowledge: Knowledge) -> str:
    """Without when somebody is away: that changes who is answered, not how."""
    rules: dict[str, Any] = settings_json(content)
    for name in ("away_until", "policies", "outside_office_only", "office", "returns_after_days"):
        del rules[name]
    value = json.dumps([rules, asdict(knowledge)], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(value.encode()).hexdigest()
