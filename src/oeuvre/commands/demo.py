"""`oeuvre demo`: the product's main job, through the site's own pages, from a folder of works to a paid download."""

from __future__ import annotations

import getpass
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from oeuvre.commands.walk.bodywork import body_of_work
from oeuvre.commands.walk.browsing import Browser
from oeuvre.commands.walk.installing import OwnInstallation
from oeuvre.commands.walk.journey import Journey
from oeuvre.commands.walk.people import Person, log_in, new_person
from oeuvre.commands.walk.steps import walk_all
from oeuvre.commands.walk.telling import Teller
from oeuvre.config import env
from oeuvre.kit.errors import SetupError

if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn


def demo(*, url: str | None, operator: str | None, works: Path | None, minutes: int) -> None:
    """Walk in an installation of our own, or in the one at ``url``, whose operator's password is asked for.

    Raises SetupError: for a step that is wrong with its number, title and what was expected.
    """
    body = body_of_work(works)
    models = Path(env.get("OEUVRE_MODELS") or env.home() / "models").resolve()
    teller = Teller()
    signal.signal(signal.SIGTERM, _interrupt)
    with ExitStack() as stack:
        try:
            if url:
                site, mail, vetter = url.rstrip("/"), env.home() / "mail", _known_operator(url, operator)
            else:
                with teller.step("a fresh installation starts"):
                    own = stack.enter_context(OwnInstallation(teller, models))
                    site, mail, vetter = own.url, own.home / "mail", new_person(own.url, "Olive Sexton")
                    own.operator(vetter.email, vetter.password)
                    teller.say(f"{own.url}, in {own.home}")
            log_in(vetter)
            freelancer = new_person(site, str(body.profile["display_name"]))
            buyer = new_person(site, "Bram Castellan")
            walk_all(Journey(teller, site, mail, body, minutes, freelancer, vetter, buyer), models)
        except KeyboardInterrupt:
            sys.stderr.write("\noeuvre: stopped; cleaning up.\n")
            raise SystemExit(130) from None


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _known_operator(url: str, email: str | None) -> Person:
    """Whoever vets at a site that runs already. The password is typed, or one line of standard input."""
    if not email:
        raise SetupError("Say who vets there: --operator EMAIL, made by `oeuvre operator-create EMAIL`.")
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    return Person("Operator", email, Browser(url), password)
