"""Who sees a gig for the first time: so that views are counted once a visitor, and nobody's visits are kept for it."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.utils import timezone
from django.utils.crypto import salted_hmac

if TYPE_CHECKING:
    from django.http import HttpRequest

_SEEN, _MOST_SEEN = "seen_gigs", 200
_MOST_UNKNOWN = 60
"""Gigs of which one address without a session is counted in a day; a program that reads all of them counts as so many."""
_DAY = 86_400
_IPV6_HOUSEHOLD = 64
"""Bits of an IPv6 address that one household or server is given (RFC 6177)."""


def seen_first(request: HttpRequest, code: str) -> bool:
    """Whether this visit is the visitor's first of the gig with ``code``; it is noted.

    Somebody with a session is known by it, as long as it lasts. Nobody is given one for this: programs, and people who
    take no cookies, would get another at every visit. They are known for a day by what remains of their address.
    """
    seen: list[str] = request.session.get(_SEEN, [])
    if request.session.session_key is None:  # after reading: a cookie that names no session that there is, is none
        return _first_today(request, code)
    if code in seen:
        return False
    request.session[_SEEN] = [*seen, code][-_MOST_SEEN:]
    return True


def _first_today(request: HttpRequest, code: str) -> bool:
    """By one entry an address and day in the cache, which can be read back neither to the address nor to the gigs."""
    address, day = _household(request.META.get("REMOTE_ADDR", "")), timezone.now().date().isoformat()
    place = f"gigs_seen:{salted_hmac('gigs_seen', f'{day} {address}', algorithm='sha256').hexdigest()}"
    gig = salted_hmac(place, code, algorithm="sha256").hexdigest()[:16]
    seen: list[str] = cache.get(place, [])
    if gig in seen or len(seen) >= _MOST_UNKNOWN:
        return False
    cache.set(place, [*seen, gig], timeout=_DAY)
    return True


def _household(address: str) -> str:
    """The address, of an IPv6 one only the network; empty for none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((found, _IPV6_HOUSEHOLD), strict=False).network_address)
