"""What the operator's pages show beside the components that every page has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext as _

from oeuvre.domains.catalog.selectors import review_queue
from oeuvre.interfaces.ui.templatetags.ui import nav_item

if TYPE_CHECKING:
    from django.template.context import Context

register = template.Library()


@register.simple_tag(takes_context=True)
def review_item(context: Context, label: str) -> str:
    """The navigation's link to the gigs that wait for review, with their number beside it where there are any.

    A page that knows the number already says it as ``gigs_waiting``.
    """
    known = context.get("gigs_waiting")
    count = review_queue(actor=context["user"].actor).count() if known is None else known
    if count:
        label = format_html(
            '{} <span class="nav__count">{}<span class="visually-hidden"> {}</span></span>', label, count, _("waiting")
        )
    return nav_item(context, "gigs_desk:queue", label, "eye", "side__link")
