"""Words that a freelancer writes often, with places for a name. Imported through ``services``."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from oeuvre.domains.accounts.services import vault_decrypt_groups, vault_encrypt
from oeuvre.domains.audit import services as audit
from oeuvre.domains.conversations.errors import TemplateInvalidError, TemplateNotFoundError
from oeuvre.domains.conversations.limits import BODY_CHARACTERS, TEMPLATE_TITLE, TEMPLATES
from oeuvre.domains.conversations.models import MessageTemplate
from oeuvre.domains.conversations.opening import OWNER_TYPE
from oeuvre.domains.conversations.threads import conversation_get, counterpart
from oeuvre.kit.actor import Role
from oeuvre.kit.locks import lock_names

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.conversations.models import Conversation
    from oeuvre.kit.actor import Actor

PLACES = ("name", "piece")
"""What may stand in braces: the other person's name, and what the conversation is about."""
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class TemplateText:
    """A template that can be read."""

    id: UUID
    title: str
    body: str


def templates_of(*, actor: Actor) -> list[TemplateText]:
    """The freelancer's own templates by title. Raises PermissionDeniedError for anybody who is no freelancer."""
    actor.require(Role.FREELANCER)
    return _texts(actor.person_id, list(MessageTemplate.objects.filter(owner_id=actor.person_id)))


def template_get(*, actor: Actor, template_id: UUID) -> TemplateText:
    """Raises TemplateNotFoundError for anybody else's, PermissionDeniedError."""
    actor.require(Role.FREELANCER)
    rows = list(MessageTemplate.objects.filter(owner_id=actor.person_id, pk=template_id))
    if not rows:
        raise _missing()
    return _texts(actor.person_id, rows)[0]


def templates_filled(*, actor: Actor, conversation: Conversation) -> list[TemplateText]:
    """The freelancer's templates with the words for one conversation. Raises PermissionDeniedError."""
    name = counterpart(actor=actor, conversation=conversation).public_name
    return [
        TemplateText(text.id, text.title, filled(text.body, name=name, piece=conversation.subject_label))
        for text in templates_of(actor=actor)
    ]


def template_filled(*, actor: Actor, template_id: UUID, conversation_id: UUID) -> str:
    """A template's words for one conversation. Raises TemplateNotFoundError, ConversationNotFoundError."""
    text = template_get(actor=actor, template_id=template_id)
    conversation = conversation_get(actor=actor, conversation_id=conversation_id)
    name = counterpart(actor=actor, conversation=conversation).public_name
    return filled(text.body, name=name, piece=conversation.subject_label)


def filled(body: str, *, name: str, piece: str) -> str:
    """``Hello {name}`` with what belongs into the braces."""
    values = {"name": name, "piece": piece}
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), body)


def template_save(*, actor: Actor, title: str, body: str, template_id: UUID | None = None) -> MessageTemplate:
    """Keep a new template, or change the one of ``template_id``.

    Raises TemplateInvalidError, TemplateNotFoundError, PermissionDeniedError.
    """
    actor.require(Role.FREELANCER)
    owner_id = actor.person_id
    title, body = " ".join(title.split()), body.replace("\r\n", "\n").replace("\x00", "").strip()
    _check(title, body)
    with transaction.atomic():
        lock_names([f"conversations.templates:{owner_id}"])
        own = MessageTemplate.objects.filter(owner_id=owner_id)
        row = own.filter(pk=template_id).first() if template_id else None
        if template_id and row is None:
            raise _missing()
        if row is None:
            if own.count() >= TEMPLATES:
                raise TemplateInvalidError(
                    _("You have %(most)d templates, the most there can be. Delete one first.") % {"most": TEMPLATES}
                )
            row = MessageTemplate(pk=uuid.uuid4(), owner_id=owner_id)
        row.title = title
        row.sealed = vault_encrypt(
            owner_type=OWNER_TYPE, owner_id=owner_id, data=body.encode(), context=_context(row.pk)
        )
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            raise TemplateInvalidError(
                _("You have a template of this title. Change that one, or choose another title."), field="title"
            ) from None
        audit.record(actor=actor, code="message_template.saved", subject=row)
    return row


def template_delete(*, actor: Actor, template_id: UUID) -> None:
    """Raises TemplateNotFoundError for anybody else's."""
    with transaction.atomic():
        row = MessageTemplate.objects.select_for_update().filter(owner_id=actor.person_id, pk=template_id).first()
        if row is None:
            raise _missing()
        audit.record(actor=actor, code="message_template.deleted", subject=row)
        row.delete()


def _check(title: str, body: str) -> None:
    if not title or len(title) > TEMPLATE_TITLE:
        raise TemplateInvalidError(
            _("Give it a title of at most %(most)d characters; only you see it.") % {"most": TEMPLATE_TITLE},
            field="title",
        )
    if not body or len(body) > BODY_CHARACTERS:
        raise TemplateInvalidError(
            _("Write between 1 and %(most)d characters.") % {"most": BODY_CHARACTERS}, field="body"
        )
    unknown = sorted({place for place in _PLACE.findall(body) if place not in PLACES})
    if unknown:
        raise TemplateInvalidError(
            _("Nothing is known to put in the place of {%(unknown)s}. There are {name} and {piece}.")
            % {"unknown": unknown[0]},
            field="body",
        )


def _texts(owner_id: UUID, rows: list[MessageTemplate]) -> list[TemplateText]:
    items = [(bytes(row.sealed), _context(row.pk)) for row in rows]
    clear = vault_decrypt_groups(owner_type=OWNER_TYPE, groups={owner_id: items})[owner_id] or []
    return [TemplateText(row.pk, row.title, text.decode()) for row, text in zip(rows, clear, strict=True)]


def _context(template_id: UUID) -> str:
    return f"message_template:{template_id}"


def _missing() -> TemplateNotFoundError:
    return TemplateNotFoundError(_("There is no such template of yours."))
