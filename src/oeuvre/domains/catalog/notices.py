"""The mails that tell a freelancer what an operator decided of a gig. They leave with the decision, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _
from django.utils.translation import override

if TYPE_CHECKING:
    from oeuvre.domains.catalog.models import Gig, GigVersion


def notice_published(gig: Gig, version: GigVersion) -> None:
    with override(gig.owner.locale):
        _send(
            gig,
            _("Your gig “%(title)s” is live") % {"title": version.title},
            _("An operator looked at it and published it."),
            f"{settings.SITE_URL}/gigs/{gig.url_key}/",
        )


def notice_returned(gig: Gig, version: GigVersion) -> None:
    with override(gig.owner.locale):
        _send(
            gig,
            _("Your gig “%(title)s” came back from review") % {"title": version.title},
            _("An operator wants something changed first:") + f"\n\n{version.reasons}",
            f"{settings.SITE_URL}/studio/gigs/{gig.pk}/",
        )


def notice_removed(gig: Gig) -> None:
    with override(gig.owner.locale):
        title = gig.published.title if gig.published else gig.url_key
        _send(
            gig,
            _("Your gig “%(title)s” was removed") % {"title": title},
            _("An operator took it off, for this reason:")
            + f"\n\n{gig.removed_reason}\n\n"
            + _("Orders that are open go on."),
            f"{settings.SITE_URL}/studio/gigs/{gig.pk}/",
        )


def _send(gig: Gig, subject: str, text: str, link: str) -> None:
    send_mail(" ".join(subject.split()), f"{text}\n\n{link}", None, [gig.owner.email])
