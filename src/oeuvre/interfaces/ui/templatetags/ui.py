"""The components: one tag each, so that pages say what they want and not how it looks.

Every tag here is loaded everywhere. Its template in `templates/ui/` opens with the list of its parameters.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django import template
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from oeuvre.interfaces.ui.icons import ICONS
from oeuvre.interfaces.ui.marks import cloth as cloth_of
from oeuvre.interfaces.ui.marks import mark as draw_mark
from oeuvre.interfaces.ui.sentences import sentence as sentence_of
from oeuvre.interfaces.ui.statuses import look

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.template.context import Context
    from django.utils.safestring import SafeString

    from oeuvre.domains.audit.models import AuditRecord
    from oeuvre.kit.money import Money
    from oeuvre.kit.pagination import Page

register = template.Library()


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A decorative icon. Raises ImproperlyConfigured for a name that is not in `icons.py`."""
    if name not in ICONS:
        raise ImproperlyConfigured(f"There is no icon {name!r}.")
    return format_html(
        '<svg class="icon {}" viewBox="0 0 24 24" aria-hidden="true"><path d="{}"/></svg>', css, ICONS[name]
    )


@register.inclusion_tag("ui/button.html")
def button(
    label: str,
    kind: str = "quiet",
    href: str = "",
    icon: str = "",
    size: str = "",
    name: str = "",
    value: str = "",
    dialog: str = "",
    disabled: bool = False,
    type: str = "submit",
) -> dict[str, Any]:
    return {
        "label": label,
        "kind": kind,
        "href": href,
        "icon": icon,
        "size": size,
        "name": name,
        "value": value,
        "dialog": dialog,
        "disabled": disabled,
        "type": type,
    }


@register.inclusion_tag("ui/badge.html")
def badge(status: str, label: str = "", tone: str = "") -> dict[str, Any]:
    known = look(status)
    return {"label": label or known.label, "tone": tone or known.tone, "status": status}


@register.inclusion_tag("ui/price.html")
def price(amount: Money, per: str = "", size: str = "") -> dict[str, Any]:
    return {"amount": amount, "per": per, "size": size}


@register.inclusion_tag("ui/open_graph.html", takes_context=True)
def open_graph(
    context: Context, title: str, description: str, canonical: str, kind: str = "website", image: str = ""
) -> dict[str, Any]:
    """``canonical`` is absolute; ``image`` an address on this site, else the picture that every page has."""
    return {
        "site_name": context.get("site_name", settings.SITE_NAME),
        "title": title,
        "description": description,
        "canonical": canonical,
        "kind": kind,
        "image": f"{settings.SITE_URL}{image or static('share.png')}",
    }


@register.inclusion_tag("ui/stat.html")
def stat(label: str, value: object, note: str = "", href: str = "") -> dict[str, Any]:
    return {"label": label, "value": value, "note": note, "href": href}


@register.inclusion_tag("ui/progress.html")
def progress(
    label: str,
    value: float | None = None,
    max: float = 100,
    detail: str = "",
    url: str = "",
    every: int = 2,
    id: str = "progress",
) -> dict[str, Any]:
    return {"label": label, "value": value, "max": max, "detail": detail, "url": url, "every": every, "id": id}


@register.inclusion_tag("ui/form_errors.html")
def form_errors(form: Any) -> dict[str, Any]:
    return {"form": form}


@register.filter
def as_head(label: str) -> str:
    """A label before what is said of it: with a colon, unless it ends with a mark of its own."""
    return f"{str(label).rstrip('.:')}:" if not str(label).endswith("?") else str(label)


@register.inclusion_tag("ui/pagination.html", takes_context=True)
def pagination(context: Context, page: Page[Any]) -> dict[str, Any]:
    return {"page": page, "request": context.get("request")}


@register.inclusion_tag("ui/breadcrumb.html")
def breadcrumb(*steps: str) -> dict[str, Any]:
    """Label, address, label, address, …, label of this page."""
    pairs = [(steps[index], steps[index + 1]) for index in range(0, len(steps) - 1, 2)]
    return {"pairs": pairs, "here": steps[-1]}


@register.inclusion_tag("ui/history.html")
def history(records: Iterable[AuditRecord]) -> dict[str, Any]:
    return {"records": records}


@register.inclusion_tag("ui/hash_chip.html")
def hash_chip(value: str, label: str = "", short: int = 0) -> dict[str, Any]:
    return {"value": value, "label": label, "shown": f"{value[:short]}…" if short and len(value) > short else value}


@register.inclusion_tag("ui/drop_zone.html")
def drop_zone(field: Any, title: str = "", hint: str = "") -> dict[str, Any]:
    return {"field": field, "title": title, "hint": hint}


@register.inclusion_tag("ui/skeleton.html")
def skeleton(lines: int = 3) -> dict[str, Any]:
    return {"lines": range(lines)}


@register.inclusion_tag("ui/chart.html")
def chart(drawn: Any) -> dict[str, Any]:
    return {"chart": drawn}


@register.inclusion_tag("ui/model_card.html")
def model_card(card: Mapping[str, Any]) -> dict[str, Any]:
    return {"card": card}


@register.simple_tag
def avatar(seed: str, label: str = "", size: str = "") -> SafeString:
    """A person's mark, square. ``size`` is empty or ``large``."""
    return format_html('<span class="avatar avatar--{}">{}</span>', size or "normal", draw_mark(seed, label=label))


@register.simple_tag
def cover(seed: str, label: str = "", owner: str = "", field: str = "") -> SafeString:
    """The wide mark of a model or a gig: on the cloth of ``owner`` (a handle), in the way of ``field`` (a group's key)."""
    return draw_mark(seed, width=320, height=200, label=label, css="cover", owner=owner, field=field)


@register.simple_tag
def cloth(seed: str) -> str:
    """The class of a seed's bookcloth, to colour a surface around its mark."""
    return cloth_of(seed)


@register.simple_tag(takes_context=True)
def nav_item(
    context: Context, name: str, label: str, icon_name: str = "", css: str = "nav__link", unread: int | None = None
) -> str:
    """A link of a navigation, marked where it is the current page or above it. Nothing for an address that this
    installation does not have. ``unread`` counts beside it how much is new, and goes on counting while the page is open."""
    try:
        href = reverse(name)
    except NoReverseMatch:
        return ""
    path = context["request"].path if "request" in context else ""
    current = path == href if name.endswith("home") else path.startswith(href)
    drawn = icon(icon_name) if icon_name else ""
    return format_html(
        '<a class="{}" href="{}"{}>{}<span>{}</span>{}</a>',
        css,
        href,
        format_html(' aria-current="page"') if current else "",
        drawn,
        label,
        _unread(str(unread)),
    )


def _unread(count: str) -> SafeString | str:
    """Nothing where nobody counts; hidden where nothing is new."""
    if not count.isdecimal():
        return ""
    return format_html(
        '<span class="nav__count" data-unread{}><span data-unread-count>{}</span><span class="visually-hidden"> {}</span></span>',
        format_html(" hidden") if count == "0" else "",
        count,
        _("new"),
    )


@register.inclusion_tag("ui/tabs.html", takes_context=True)
def tabs(context: Context, label: str, *parts: str) -> dict[str, Any]:
    """``label`` names the group; then label, address, label, address, … The tab of the present address is marked."""
    request = context.get("request")
    here = request.get_full_path() if request else ""
    pairs = [(parts[index], parts[index + 1]) for index in range(0, len(parts) - 1, 2)]
    marked = max((href for _, href in pairs if here.startswith(href)), key=len, default="")
    return {"label": label, "tabs": [(text, href, href == marked) for text, href in pairs]}


def _block(name: str, content: SafeString, context: Mapping[str, Any]) -> SafeString:
    return render_to_string(f"ui/{name}.html", {**context, "content": content})


@register.simple_block_tag
def page_header(content: SafeString, title: str, lede: str = "", plate: str = "") -> SafeString:
    return _block("page_header", content, {"title": title, "lede": lede, "plate": plate})


@register.simple_block_tag
def card(content: SafeString, title: str = "", plate: str = "", css: str = "") -> SafeString:
    return _block("card", content, {"title": title, "plate": plate, "css": css})


@register.simple_block_tag
def alert(content: SafeString, kind: str = "info", title: str = "") -> SafeString:
    return _block("alert", content, {"kind": kind, "title": title})


@register.simple_block_tag
def empty(content: SafeString, title: str, text: str = "", seed: str = "") -> SafeString:
    return _block("empty", content, {"title": title, "text": text, "seed": seed or title})


@register.simple_block_tag
def dialog(content: SafeString, id: str, title: str) -> SafeString:
    return _block("dialog", content, {"id": id, "title": title})


@register.simple_block_tag
def disclosure(content: SafeString, title: str, open: bool = False) -> SafeString:
    return _block("disclosure", content, {"title": title, "open": open})


_INERT = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.simple_tag
def ld_json(data: Mapping[str, Any]) -> SafeString:
    """Structured data for machines (JSON-LD): a block that no browser runs, so the security policy has nothing to allow."""
    # Escaped as Django's json_script does it: nothing in it can end the element.
    text = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False).translate(_INERT)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308


@register.filter
def sentence(record: AuditRecord) -> str:
    """What an audit record says happened."""
    return sentence_of(record.code, record.data)


@register.filter
def share(value: float, digits: int = 0) -> str:
    """A fraction as a percentage: 0.734 → ``73 %``."""
    return f"{value * 100:.{digits}f} %"


@register.filter
def at(items: Sequence[Any], index: int) -> Any:
    """The item at an index, nothing beyond the end."""
    return items[index] if -len(items) <= index < len(items) else None
