"""The report of a voice as its owner reads it: how near it comes in words, and recordings to hear it beside."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from oeuvre.domains.creation import errors, selectors, services
from oeuvre.domains.creation.models import ModelVersion
from oeuvre.domains.portfolio import services as portfolio
from oeuvre.interfaces.site.studio.report.figures import loss_chart
from oeuvre.interfaces.site.studio.report.voice_bars import stock_said
from tests.domains.voice_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.domains.voice_fixtures import on_sale
from tests.support.sounds import recording

if TYPE_CHECKING:
    from oeuvre.domains.creation.models import CreationModel

pytestmark = pytest.mark.django_db
CURVE = [{"step": step, "loss": 0.5 - 0.01 * step, "held_out_loss": 0.3} for step in range(1, 20)]


def _sample(prompt: str, **facts: str) -> dict[str, Any]:
    content = base64.b64encode(recording(5, 2.0)).decode()
    return {"prompt": prompt, "text": "", "seed": 0, "media": {"mime": "audio/wav", "content": content}, "facts": facts}


def _report(*files: str) -> dict[str, Any]:
    judge = {"encoder": "B", "optimised": False, "stock": 0.7, "stock_voice": "jf_gongitsune", "gap_closed": 0.41}
    held_out = [
        {"file": file, "title": file, "seconds": 3.0, "likeness": 0.7 + number / 100}
        for number, file in enumerate(files)
    ]
    return {
        "status": "passed",
        "bars": [{"name": "gap_closed", "value": 0.41, "bar": "≥ 30 %", "met": True}],
        "curve": CURVE,
        "details": {"modality": "voice", "encoders": [judge], "held_out": held_out},
        "samples": [_sample("Mind the step."), _sample("Mind the step.", voice="stock voice jf_gongitsune")],
        "refused": [],
        "notes": [],
    }


def _page(model: CreationModel, report: dict[str, Any]) -> str:
    version = model.versions.get()
    ModelVersion.objects.filter(pk=version.pk).update(report=report)
    client = Client()
    client.force_login(model.owner)
    answer = client.get(reverse("studio:version", args=[version.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_report__plays_own_recordings_beside_the_voice_and_the_ready_made_one(voice_model: CreationModel) -> None:
    model = on_sale(voice_model)
    kept, gone = model.owner.works.order_by("title")
    report = _report(str(kept.pk), str(gone.pk), "a-file-of-another-installation")
    portfolio.work_remove(actor=model.owner.actor, work_id=gone.pk)
    page = _page(model, report)
    own = page.index("You, to compare with")
    assert reverse("works:shown", args=[kept.pk]) in page[own:]
    assert reverse("works:shown", args=[gone.pk]) not in page
    assert page.count("0.70") >= 1
    for index in range(2):
        assert reverse("studio:sample_file", args=[model.versions.get().pk, index]) in page[own:]
    assert "the ready-made voice “Gongitsune”, a Japanese woman&#x27;s says the same" in page


def test_report__keeps_the_ready_made_voice_from_being_judged_or_sold(voice_model: CreationModel) -> None:
    model = on_sale(voice_model)
    version = model.versions.get()
    page = _page(model, _report())
    assert page.count("Would you put your name to it?") + page.count("You accepted it") == 1
    assert "1 of 1 samples judged, 1 accepted." in page
    with pytest.raises(errors.SampleNotOwnError):
        services.sample_judge(actor=model.owner.actor, version_id=version.pk, index=1, accepted=True)
    ModelVersion.objects.filter(pk=version.pk).update(sample_verdicts={"0": "accepted", "1": "accepted"})
    model.refresh_from_db()
    assert [sample.number for sample in selectors.public_samples(model=model)] == [0]


def test_report__says_in_words_how_near_it_comes(voice_model: CreationModel) -> None:
    page = _page(on_sale(voice_model), _report())
    assert "It goes 41 % of the way from the nearest ready-made voice to you." in page
    assert "The nearest ready-made voice is “Gongitsune”, a Japanese woman&#x27;s." in page
    assert "You, to compare with" not in page
    assert "nats" not in page
    assert "Candidates" in page


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("bf_emma", "“Emma”, a British woman's"),
        ("zm_yunxi", "“Yunxi”, a Chinese man's"),
        ("blend", "blend"),
        ("xx_odd", "xx_odd"),
    ],
)
def test_stock_said__names_a_ready_made_voice_for_people(name: str, said: str) -> None:
    assert stock_said(name) == said


def test_loss_chart__calls_the_lines_what_they_are_of_each_modality() -> None:
    text, voice = loss_chart(CURVE), loss_chart(CURVE, "voice")
    assert text is not None
    assert voice is not None
    assert "Works held out: from 0.30 to 0.30." in text.summary
    assert "Candidates: from 0.30 to 0.30." in voice.summary


def test_report__of_a_voice_on_a_slow_machine_tells_so_and_holds_nothing_against_it(voice_model: CreationModel) -> None:
    report = _report()
    report["bars"].append({"name": "real_time_factor", "value": 0.8, "bar": "≤ 0.5", "met": False})
    page = _page(on_sale(voice_model), report)
    assert "A minute of speech is there after 48 seconds." in page
    assert 'data-good="yes"' in page
