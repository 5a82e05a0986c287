"""A whole installation with the scripted studio, and a real browser in front of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

import pytest
from playwright.sync_api import Browser, sync_playwright

from oeuvre.commands.walk import freelancing, selling
from oeuvre.commands.walk.bodywork import body_of_work
from oeuvre.commands.walk.journey import Journey
from oeuvre.commands.walk.people import Person, log_in, new_person, profile, sign_up
from oeuvre.commands.walk.telling import Teller
from oeuvre.interfaces.demo.content import CONTENT
from tests.e2e.entrance import inside, logs_in
from tests.e2e.visitor import Visitor
from tests.faults.harness import Installation

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
OPERATOR, PASSWORD = "olive@example.org", "a long enough secret"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/e2e/" in str(item.path):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The system's Chromium. Ends with this package: while it lives, Django refuses queries in this process."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        # Root has no sandbox in containers; the pages are our own.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Training takes about ten seconds and a text about three: long enough to watch."""
    home = tmp_path_factory.mktemp("e2e") / "home"
    slow = {"FAKE_STUDIO_STEPS": "30", "FAKE_STUDIO_STEP_SECONDS": "0.3", "FAKE_STUDIO_TOKEN_SECONDS": "0.012"}
    with Installation(home, **slow) as site:
        site.start()
        made = site.command("operator-create", OPERATOR, "--name", "Olive Sexton", input=f"{PASSWORD}\n")
        assert made.returncode == 0, made.stderr
        yield site


@pytest.fixture
def visitor(browser: Browser, site: Installation) -> Iterator[Visitor]:
    """Somebody new at the site. Every page they open is looked at; what was wrong with any fails the test."""
    with Visitor(browser, site.url) as visitor:
        yield visitor
    visitor.assert_well()


@pytest.fixture(scope="package")
def on_sale(site: Installation) -> Iterator[Journey]:
    """A copywriter's model and gig on offer, and a buyer with an account: made over HTTP, which is quick."""
    walk = Journey(
        teller=Teller(out=StringIO()), site=site.url, mail=site.home / "mail", minutes=5,
        body=body_of_work(CONTENT / "maren-oduya" / "works"), freelancer=new_person(site.url, "Maren Oduya"),
        operator=new_person(site.url, "Olive Sexton"), buyer=new_person(site.url, "Cleo Marsh"),
    )  # fmt: skip
    walk.operator.email, walk.operator.password = OPERATOR, PASSWORD
    log_in(walk.operator)
    for part in (freelancing.joins, freelancing.is_approved_by, freelancing.subscribes, freelancing.brings_works,
                 freelancing.trains, freelancing.reads_report, freelancing.publishes):  # fmt: skip
        part(walk)
    sign_up(walk.buyer, "buy", walk.mail)
    selling.writes_gig(walk)
    selling.is_let_through(walk)
    yield walk
    for person in (walk.freelancer, walk.operator, walk.buyer):
        person.web.close()


_GIG = """
from oeuvre.domains.accounts.models import User
from tests.support.gigs import live_gig
print(live_gig(User.objects.get(email="{email}")).url_key)
"""


@dataclass
class Pair:
    """A freelancer with a gig, and a buyer."""

    freelancer: Person
    buyer: Person
    url_key: str


@pytest.fixture(scope="package")
def pair(site: Installation) -> Iterator[Pair]:
    """Made over HTTP, but for the gig."""
    mail = site.home / "mail"
    freelancer, buyer = new_person(site.url, "Vera Lund"), new_person(site.url, "Noor Haddad")
    sign_up(freelancer, "sell", mail)
    sign_up(buyer, "buy", mail)
    profile(freelancer, {"headline": "Notices that are read in the rain"})
    yield Pair(freelancer, buyer, inside(site, _GIG.format(email=freelancer.email)))
    freelancer.web.close()
    buyer.web.close()


@pytest.fixture
def both(browser: Browser, site: Installation, pair: Pair) -> Iterator[tuple[Visitor, Visitor]]:
    """The freelancer's browser and the buyer's; what was wrong with any page fails the test."""
    with Visitor(browser, site.url) as vera, Visitor(browser, site.url) as noor:
        logs_in(vera, pair.freelancer.email, pair.freelancer.password)
        logs_in(noor, pair.buyer.email, pair.buyer.password)
        yield vera, noor
        wrong = [*vera.faults, *noor.faults]
    assert not wrong, "\n".join(wrong)
