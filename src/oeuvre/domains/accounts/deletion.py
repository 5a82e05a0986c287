"""A person leaves. Imported through ``accounts.services``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from oeuvre.domains.accounts.errors import PasswordWrongError
from oeuvre.domains.accounts.mail import MailMessage, mail_queue
from oeuvre.domains.accounts.membership import own_account
from oeuvre.domains.accounts.models import AccountExport, FreelancerProfile
from oeuvre.domains.accounts.vault import vault_destroy
from oeuvre.domains.audit import services as audit
from oeuvre.kit.actor import Actor
from oeuvre.kit.counts import counts
from oeuvre.kit.ports import port
from oeuvre.kit.storage import BlobStore

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from oeuvre.domains.accounts.models import User


@dataclass(frozen=True, slots=True)
class DeletionEffect:
    """What becomes of some rows of the person's, if there are any. Of all domains they are counted with one query."""

    rows: QuerySet[Any]
    say: Callable[[int], str]
    """The sentence for so many."""


@dataclass(frozen=True, slots=True)
class DeletionPart:
    """What one domain does when a person leaves."""

    erase: Callable[[Actor], None]
    """Removes or blanks what the domain keeps of the actor, inside the deletion's transaction.
    Raises DeletionBlockedError when something must be settled first."""
    effects: Callable[[Actor], Iterable[DeletionEffect | str]]
    """What says beforehand what ``erase`` will do."""


_parts: dict[str, DeletionPart] = {}


def _no_effects(_actor: Actor) -> Iterable[DeletionEffect | str]:
    return ()


def deletion_register(
    name: str, erase: Callable[[Actor], None], effects: Callable[[Actor], Iterable[DeletionEffect | str]] = _no_effects
) -> None:
    """Let a domain take part in deletions; called once, from ``AppConfig.ready``."""
    _parts[name] = DeletionPart(erase, effects)


def deletion_effects(*, actor: Actor) -> list[str]:
    """What deleting the account will do, in sentences."""
    own = [
        _("Your name, e-mail address, profile and settings are erased."),
        _("You are logged out everywhere, and your logins stop working."),
        _(
            "The key that protects your works is destroyed. Nobody can read them again, whoever runs this site included."
        ),
    ]
    said = [effect for part in _parts.values() for effect in part.effects(actor)]
    numbers = iter(counts(*(effect.rows for effect in said if isinstance(effect, DeletionEffect))))
    for effect in said:
        if isinstance(effect, str):
            own.append(effect)
        elif number := next(numbers):
            own.append(effect.say(number))
    return own


def account_delete(*, actor: Actor, password: str) -> None:
    """Delete the actor's account at once and for good.

    The bare row stays, without personal data, because postings and licences point to it. Raises
    PasswordWrongError, or DeletionBlockedError from a domain that has something to settle first.
    """
    with transaction.atomic():
        user = own_account(actor)
        if user.has_usable_password() and not user.check_password(password):
            raise PasswordWrongError(_("That is not your password. Nothing was deleted."))
        address, locale = user.email, user.locale
        for part in _parts.values():
            part.erase(actor)
        _blank(user)
        vault_destroy(actor=actor, owner_type="account", owner_id=user.pk)
        audit.record(actor=actor, code="account.deleted", subject=user)
        _say_goodbye(address, locale)


def _blank(user: User) -> None:
    store = port("storage", BlobStore)
    for export in AccountExport.objects.filter(user=user):
        if export.blob:
            transaction.on_commit(lambda key=export.blob: store.delete(key))  # type: ignore[misc]  # binds the loop's key
        export.delete()
    for profile in FreelancerProfile.objects.filter(user=user):
        profile.handle = f"deleted-{profile.pk.hex[:12]}"
        profile.headline = profile.bio = profile.trade = profile.location = ""
        profile.languages = []
        profile.save()
    sessions = import_module(settings.SESSION_ENGINE).SessionStore
    for session in UserSession.objects.filter(user=user):
        sessions(session.session_key).delete()
        session.delete()
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    user.email = f"deleted-{user.pk.hex}@account.invalid"
    user.display_name = ""
    user.set_unusable_password()
    user.is_active = user.is_freelancer = user.is_buyer = user.is_staff = user.is_superuser = False
    user.deleted_at = timezone.now()
    user.save()


def _say_goodbye(address: str, locale: str) -> None:
    with translation.override(locale):
        subject = _("Your account is deleted")
        text = _(
            "Your account at %(site)s was deleted, as you asked.\n\n"
            "Your name, profile and settings are gone, and the key that protected your works is destroyed. "
            "Pieces that you bought stay yours, and their certificates still verify.\n\n"
            "If it was not you who did this, answer at once to the people who run the site."
        ) % {"site": settings.SITE_NAME}
    mail_queue(message=MailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, (address,)))
