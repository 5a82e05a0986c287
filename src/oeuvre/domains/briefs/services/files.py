"""Putting files beside a brief and taking them out again. Imported through ``briefs.services``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.accounts.services import blobs_sealing
from oeuvre.domains.audit import services as audit
from oeuvre.domains.briefs.common import open_check, own_brief_locked
from oeuvre.domains.briefs.errors import BriefContentError, BriefNotFoundError
from oeuvre.domains.briefs.files import file_gone, file_keep, files_erase
from oeuvre.domains.briefs.limits import LIMITS
from oeuvre.domains.briefs.models import Brief, BriefFile
from oeuvre.domains.briefs.services.briefs import brief_changed, untaken_check
from oeuvre.domains.briefs.states import BriefState
from oeuvre.kit.files.checking import file_check
from oeuvre.kit.files.errors import FileRefusedError
from oeuvre.kit.files.naming import base_name, in_words
from oeuvre.kit.locks import lock_names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from oeuvre.domains.conversations.services import Upload
    from oeuvre.kit.actor import Actor
    from oeuvre.kit.files.checking import CheckedFile

_DAY = timedelta(days=1)


def brief_files_add(*, actor: Actor, brief_id: UUID, files: Sequence[Upload]) -> Brief:
    """Put files beside a draft or an open brief of the actor's, all of them or none: looked at first, then sealed.

    Freelancers whose offers wait are told, once. The sizes are those of messages' files (settings ``OEUVRE_ATTACHMENT…``).
    Raises BriefNotFoundError, BriefNotOpenError, BriefTakenError, BriefContentError that names each refused file with its
    reason, ScannerUnavailableError.
    """
    buyer_id = actor.person_id
    if not Brief.objects.filter(pk=brief_id, buyer_id=buyer_id).exists():  # before anything is looked into
        raise BriefNotFoundError(_("There is no such brief of yours."))
    checked = _checked(files)
    with blobs_sealing(owner_id=buyer_id) as seal, transaction.atomic():
        lock_names([f"briefs.files:{buyer_id}"])
        brief = _changeable(actor, brief_id)
        _room_check(brief, checked)
        for file in checked:
            row = file_keep(brief, file, seal)
            audit.record(actor=actor, code="brief.file_added", subject=brief, file=str(row.pk), size=row.size)
        brief_changed(brief, tell=True)
    return brief


def brief_file_remove(*, actor: Actor, brief_id: UUID, file_id: UUID) -> Brief:
    """Take a file out of a draft or an open brief. Raises BriefNotFoundError, BriefFileNotFoundError, BriefNotOpenError,
    BriefTakenError.
    """
    with transaction.atomic():
        brief = _changeable(actor, brief_id)
        if not files_erase(BriefFile.objects.filter(pk=file_id, brief=brief)):
            raise file_gone()
        audit.record(actor=actor, code="brief.file_removed", subject=brief, file=str(file_id))
        brief_changed(brief, tell=False)
    return brief


def _changeable(actor: Actor, brief_id: UUID) -> Brief:
    brief = own_brief_locked(actor=actor, brief_id=brief_id)
    if brief.status != BriefState.DRAFT:
        open_check(brief)
        untaken_check(brief)
    return brief


def _checked(files: Sequence[Upload]) -> list[CheckedFile]:
    if not files:
        raise _wrong(_("Choose a file first."))
    if not settings.ATTACHMENT_FILES:
        raise _wrong(_("Briefs carry no files on this site."))
    if len(files) > LIMITS.files:
        raise _full()
    checked: list[CheckedFile] = []
    refused: list[str] = []
    for file in files:
        try:
            checked.append(file_check(file.name, file.data, most=settings.ATTACHMENT_BYTES))
        except FileRefusedError as error:
            name = base_name(file.name) or _("a file without a name")
            refused.append(_("%(name)s: %(reason)s") % {"name": name, "reason": error.message})
    if refused:
        raise _wrong(" ".join([*refused, _("Nothing was added.")]))
    return checked


def _room_check(brief: Brief, checked: Sequence[CheckedFile]) -> None:
    """Whether they fit beside what is there; the caller holds the brief's row and the buyer's name."""
    there = BriefFile.objects.filter(brief=brief)
    if there.count() + len(checked) > LIMITS.files:
        raise _full()
    size = sum(len(file.data) for file in checked)
    if (there.aggregate(size=Sum("size"))["size"] or 0) + size > settings.ATTACHMENTS_BYTES:
        raise _wrong(
            _("All files of a brief together may have %(most)s. Take one out, or make them smaller.")
            % {"most": in_words(settings.ATTACHMENTS_BYTES)}
        )
    recent = BriefFile.objects.filter(brief__buyer_id=brief.buyer_id, created_at__gt=timezone.now() - _DAY)
    if (recent.aggregate(size=Sum("size"))["size"] or 0) + size > settings.ATTACHMENTS_DAY_BYTES:
        raise _wrong(
            _("You can add %(most)s to briefs in 24 hours, and these files would go beyond. Add them tomorrow.")
            % {"most": in_words(settings.ATTACHMENTS_DAY_BYTES)}
        )


def _full() -> BriefContentError:
    return _wrong(
        _("A brief carries at most %(most)d files. Take one out first, or put several into one ZIP file.")
        % {"most": LIMITS.files}
    )


def _wrong(message: str) -> BriefContentError:
    return BriefContentError(message, field="files")
