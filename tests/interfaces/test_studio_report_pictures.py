"""The report of a model that draws: its measures in words, and the works that its samples are most like."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from oeuvre.domains.portfolio import services as portfolio
from oeuvre.domains.portfolio.models import Work
from oeuvre.interfaces.site.studio.report import report_view
from oeuvre.interfaces.site.studio.report.bars import bar_view
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.domains.creation_pictures import drawing_model, pictures_sold, pictures_taken  # noqa: F401
from tests.domains.portfolio_pictures import picture
from tests.interfaces.market_pages import client_of
from tests.support.factories import published_model, vetted_freelancer

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User

MET = {"met": True, "unit": ""}
BARS: list[dict[str, Any]] = [
    {"name": "seconds_512", "value": 2.2, "bar": "≤ 40", **MET},
    {"name": "credit_error", "value": 0.0, "bar": "≤ 1e-06", **MET},
    {"name": "largest_copy", "value": 0.1, "bar": "≤ 0.25", **MET},
    {"name": "seam", "value": 0.72, "bar": "≤ 1.1", **MET},
    {"name": "style_nell-anders", "value": 0.4, "bar": "< 1.2", **MET},
    {"name": "likeness_to_others", "value": 0.31, "bar": "< 0.75", **MET},
]
DETAILS = {
    "modality": "image",
    "styles": [{"other": "nell-anders", "outputs": 0.6, "own": 1.0, "others": -0.6, "told_apart": 0.76}],
    "foreign": [{"other": "x", "work": "a", "title": "b", "similarity": 0.31}],
}


@pytest.mark.parametrize(
    ("name", "title", "value"),
    [
        ("seconds_512", "Time for 512 by 512 pixels", "2.2 s"),
        ("credit_error", "The credit adds up", "exact"),
        ("largest_copy", "Largest region copied in one go", "10 %"),
        ("seam", "Patterns without a seam", "0.72"),
        ("style_nell-anders", "Your hand, not that of Nell Anders", "0.40"),
        ("likeness_to_others", "Likeness to others' works", "0.31"),
    ],
)
def test_bars__of_pictures_are_said_in_words(name: str, title: str, value: str) -> None:
    view = bar_view(next(bar for bar in BARS if bar["name"] == name), DETAILS)
    assert (view.title, view.value, view.met) == (title, value, True)
    assert view.verdict.endswith(".")
    assert "no words for" not in view.explanation


def test_bars__say_how_sure_the_scale_of_styles_is() -> None:
    assert "76 %" in bar_view(BARS[4], DETAILS).explanation


def sample(works: list[tuple[str, float]]) -> dict[str, Any]:
    content = base64.b64encode(picture(3, "WEBP")).decode()
    near = [{"file": file, "title": file, "text": "", "similarity": value} for file, value in works]
    return {"prompt": "A wreath", "seed": 1, "nearest": near, "media": {"mime": "image/webp", "content": content}}


@pytest.mark.parametrize(
    ("copied", "words"),
    [(0.1, "It draws with your works, and it does not paste them."), (0.6, "It pastes your works")],
)
def test_headline__of_pictures_speaks_of_drawing(copied: float, words: str) -> None:
    bars = [bar | {"met": copied <= 0.25} if bar["name"] == "largest_copy" else bar for bar in BARS]
    found = report_view({"bars": bars, "details": DETAILS, "samples": [sample([])], "status": "passed"})
    assert found.headline.startswith(words)
    assert [bar.name for bar in found.copies] == ["largest_copy"]
    assert [bar.name for bar in found.others] == ["likeness_to_others"]


@pytest.mark.django_db
@pytest.mark.usefixtures("pictures_sold")
def test_report__shows_the_works_that_a_sample_is_most_like_while_they_are_there() -> None:
    model = drawing_model(vetted_freelancer())
    version = model.current_version
    assert version is not None
    first, second = Work.objects.filter(owner=model.owner).order_by("created_at")[:2]
    version.report |= {"bars": BARS, "details": DETAILS}
    version.report["samples"] = [sample([(str(first.pk), 0.83), (str(second.pk), 0.28), ("elsewhere.png", 0.2)])]
    version.save(update_fields=["report"])
    page = client_of(model.owner)
    text = page.get(reverse("studio:version", args=[version.pk])).text
    for work in (first, second):
        assert reverse("works:shown", args=[work.pk]) in text
    assert "83" in text
    assert "Credit, counted" not in text, "this sample has none"
    assert "Does it draw as it should?" in text
    portfolio.work_remove(actor=model.owner.actor, work_id=second.pk)
    text = page.get(reverse("studio:version", args=[version.pk])).text
    assert reverse("works:shown", args=[second.pk]) not in text


@pytest.mark.django_db
@pytest.mark.usefixtures("pictures_sold")
def test_gallery__can_be_narrowed_to_what_models_make(vetted: User) -> None:
    published_model(vetted, name="Harbour Voice")
    drawing_model(vetted_freelancer("second@example.org", "second", "Sol Rake"), name="Paper Kite")
    page = Client()
    everything = page.get(reverse("models:gallery")).text
    assert "Harbour Voice" in everything
    assert "Pictures and designs" in everything
    pictures = page.get(reverse("models:gallery"), {"makes": "image"}).text
    assert "Paper Kite" in pictures
    assert "Harbour Voice" not in pictures
    assert "Harbour Voice" in page.get(reverse("models:gallery"), {"makes": "nonsense"}).text
