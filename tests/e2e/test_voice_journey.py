"""A voice in the browser: recordings, consent by a phrase, training, a marked preview, and a recording that verifies."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from oeuvre.integrations.credentials import read
from oeuvre.kit.files.sounds import sound_inspect
from oeuvre.kit.provenance import SourceType
from tests.e2e import buying, entrance, freelancing
from tests.e2e.conftest import OPERATOR
from tests.e2e.test_journey import approves
from tests.e2e.visitor import Visitor
from tests.faults.harness import Installation
from tests.support.sounds import recording

MODEL = "Quiet Morning"
TEXT = "Good morning. The ferry to the islands leaves at seven, and SQL is on board. Mind the step, and hold the rail."
FORMS = {"wav": ("WAV", "audio/wav"), "mp3": ("MP3", "audio/mpeg"), "flac": ("FLAC", "audio/flac")}


def test_voice_journey__from_recordings_to_a_recording_that_verifies(
    browser: Browser, site: Installation, tmp_path: Path
) -> None:
    with Visitor(browser, site.url) as vera, Visitor(browser, site.url) as noor, Visitor(browser, site.url) as olive:
        try:
            _walk(vera, noor, olive, site, tmp_path)
        finally:
            wrong = [*vera.faults, *noor.faults, *olive.faults]
    assert not wrong, "\n".join(wrong)


def _walk(vera: Visitor, noor: Visitor, olive: Visitor, site: Installation, folder: Path) -> None:
    # A speaker joins, is vetted and subscribes; brings recordings, consents, trains and publishes.
    entrance.signs_up(vera, site, "Vera Tide", sells=True)
    freelancing.completes_profile(vera)
    freelancing.applies(vera)
    entrance.logs_in(olive, OPERATOR)
    approves(olive, "Vera Tide")
    freelancing.subscribes(vera)
    freelancing.uploads(vera, recordings(folder / "takes"))
    model = makes_voice(vera)
    consents(vera, model, folder / "reading.wav")
    says_how_words_are_said(vera, model)
    freelancing.trains_leaves_and_returns(vera, model)
    hears_report_and_approves(vera)
    version = vera.page.locator(".plate").filter(has_text="@").first.inner_text()
    prices_and_publishes(vera, model)

    # A buyer finds the voice, hears a preview, pays, takes three recordings along, and verifies them.
    entrance.signs_up(noor, site, "Noor Haddad", sells=False)
    buying.finds_model(noor, MODEL)
    piece = asks_for_speech(noor)
    licence = buying.buys(noor, piece)
    kept = downloads(noor, folder)
    credentials_hold(kept, version)
    for file in kept.values():
        buying.is_verified_as(noor, "genuine", file)
    plays_a_part(noor, f"{piece}whole")

    # The consent is taken back: the model is off, what was bought still verifies.
    takes_consent_back(vera, model)
    noor.open(licence)
    noor.says("The hosted copy is closed")
    buying.is_verified_as(noor, "genuine", kept["wav"])


def recordings(folder: Path) -> list[Path]:
    folder.mkdir()
    for number in range(8):
        (folder / f"take-{number}.wav").write_bytes(recording(number, 8.0))
    return sorted(folder.iterdir())


def makes_voice(me: Visitor) -> str:
    page = me.open("/studio/models/new/")
    page.get_by_label("Name").fill(MODEL)
    page.get_by_label("Tagline").fill("Calm and near")
    page.get_by_label("Description").fill("It reads notices and guides; listen before you print it on a wall.")
    page.locator("input[name=modality][value=voice]").check()
    me.click("button", "Create model")
    return me.path


def consents(me: Visitor, model: str, reading: Path) -> None:
    page = me.open(f"{model}consent/")
    me.says("I am Vera Tide.")
    me.click("button", "Show phrase")
    assert len(page.locator("#phrase").inner_text().split()) == 7
    reading.write_bytes(recording(900, 4.0))
    page.locator("input[name=reading]").set_input_files(reading)
    page.get_by_role("button", name="Send reading").click()
    me.says("Consent holds")
    me.seen.discard(me.path)
    me.look()


def says_how_words_are_said(me: Visitor, model: str) -> None:
    page = me.open(f"{model}words/")
    page.get_by_label("Words, and how they are said").fill("SQL = sequel\nZoë = /zo7i/")
    with me.refused():
        me.click("button", "Save list")
    me.says("Line 2: no voice knows the phonemes 7.")
    page.get_by_label("Words, and how they are said").fill("SQL = sequel")
    me.click("button", "Save list")
    me.says("The list is saved.")


def hears_report_and_approves(me: Visitor) -> None:
    """The voice, the ready-made one and an own recording are on one page; a sample is accepted."""
    page = me.click("link", "Read report")
    me.says("It goes 44 % of the way from the nearest ready-made voice to you.")
    me.says("You, to compare with")
    me.says("the ready-made voice “Emma”, a British woman's says the same")
    assert page.locator("#samples audio").count() == 3
    sample = page.locator("#sample-0")
    sample.get_by_role("button", name="Accept").click()
    sample.get_by_text("You accepted it: buyers see it.").wait_for()
    me.click("button", "Approve version")
    me.says("This is the current version")


def prices_and_publishes(me: Visitor, model: str) -> None:
    page = me.open(f"{model}prices/")
    for label, amount in (("Personal use", "4"), ("Commercial use", "12")):
        page.get_by_label(label).fill(amount)
    me.click("button", "Save prices")
    me.open(model)
    me.click("button", "Publish model")
    me.says("On offer")


def asks_for_speech(me: Visitor) -> str:
    """The preview is short and says that it is one; the whole recording stays closed."""
    page = me.page
    assert page.locator("audio").count() == 1  # the accepted sample
    page.get_by_label("What should it say?").fill(TEXT)
    page.get_by_label("Faster, for a short spot").check()
    page.get_by_label("How particular words are said").fill("Mind = mined")
    page.get_by_role("button", name="Make a preview").click()
    page.wait_for_url("**/pieces/**")
    page.get_by_role("heading", name="Preview").wait_for()
    me.look()
    preview = page.request.get(f"{me.path}preview")
    assert preview.headers["content-type"] == "audio/mpeg"
    assert sound_inspect(preview.body(), "audio/mpeg", longest=60).seconds < 9
    with me.refused():
        assert not page.request.get(f"{me.path}whole").ok
    return me.path


def downloads(me: Visitor, folder: Path) -> dict[str, Path]:
    """Every form by its button; no credentials lie beside one, as each has its own inside."""
    kept = {}
    for ending, (label, _mime) in FORMS.items():
        line = me.page.locator(".files li").filter(has_text=re.compile(f"^{label}"))
        expect(line.get_by_text("credentials inside")).to_be_visible()
        with me.page.expect_download() as download:
            line.get_by_role("link", name="Download").click()
        kept[ending] = folder / download.value.suggested_filename
        download.value.save_as(kept[ending])
    return kept


def credentials_hold(kept: dict[str, Path], version: str) -> None:
    lengths = set()
    for ending, (_label, mime) in FORMS.items():
        data = kept[ending].read_bytes()
        report = read(data, mime)
        assert report.is_intact, report.problems
        assert (report.creator, report.version, report.source_type) == ("Vera Tide", version, SourceType.GENERATED)
        assert report.voice_source == ""  # a person's, by her own consent
        lengths.add(round(sound_inspect(data, mime, longest=60).seconds))
    assert lengths == {round(0.25 * len(TEXT.split()) / 1.15)}


def plays_a_part(me: Visitor, address: str) -> None:
    """As players ask for it: a range of bytes."""
    part = me.page.request.get(address, headers={"Range": "bytes=0-3"})
    assert (part.status, part.body()) == (206, b"RIFF")


def takes_consent_back(me: Visitor, model: str) -> None:
    me.open(f"{model}consent/")
    me.click("button", "Take consent back")
    me.says("Nothing is trained or sold until you consent or declare again.")
