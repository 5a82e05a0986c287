"""The report: plain verdicts with their numbers, samples to judge, the decision, export and import."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from oeuvre.domains.creation import selectors, services
from oeuvre.domains.creation.models import CreationModel, ModelVersion
from oeuvre.interfaces.site.studio.report import report_view
from oeuvre.interfaces.site.studio.report.bars import bar_view, limit_of
from oeuvre.interfaces.site.studio.report.passages import marked, passage_views, shared_run
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.studio_pages import address, client_of, shown
from tests.support.factories import trained_model

if TYPE_CHECKING:
    from django.test import Client

    from oeuvre.domains.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_folder")]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def page(vetted: User) -> Client:
    return client_of(vetted)


@pytest.fixture
def draft(vetted: User) -> CreationModel:
    return trained_model(vetted)


@pytest.fixture
def version(draft: CreationModel) -> ModelVersion:
    found = draft.current_version
    assert found is not None
    return found


def upload(page: Client, model: CreationModel, data: bytes) -> Any:
    return page.post(address("versions", model.pk), {"archive": SimpleUploadedFile("version.tar", data)})


def test_version__answers_both_questions_with_numbers_and_limits(page: Client, version: ModelVersion) -> None:
    text = shown(page, "version", version.pk)
    assert "It sounds like you, and it does not copy you." in text
    assert "0.71" in text
    assert "0.80 or less" in text
    assert "7 tokens" in text
    assert "fewer than 50 tokens" in text
    assert "29 % less" in text


def test_version__names_hyperparameters_works_and_hashes(page: Client, version: ModelVersion) -> None:
    text = shown(page, "version", version.pk)
    for name in version.manifest["hyperparameters"]:
        assert name in text
    assert version.archive_sha256 in text
    assert all(work["sha256"] in text for work in version.manifest["works"])


def test_version__of_a_rejected_kind_says_that_it_copies(version: ModelVersion) -> None:
    bars = [dict(bar) for bar in version.report["bars"]]
    bars[1] = {**bars[1], "value": 61, "met": False}
    view = report_view({**version.report, "bars": bars, "status": "rejected"})
    assert view.headline == "It sounds like you, but it copies you."
    assert view.copies_me
    assert not view.passed


def detailed(report: dict[str, Any], **details: Any) -> dict[str, Any]:
    """The report with other details."""
    return {**report, "details": {**report["details"], **details}}


def repeating(report: dict[str, Any], work: str) -> dict[str, Any]:
    """The report of a version whose first sample repeats somebody else's work."""
    bars = [
        bar if bar["name"] != "near_duplicate_of_others" else {**bar, "value": 0.4, "met": False}
        for bar in report["bars"]
    ]
    stretch = " ".join(report["samples"][0]["text"].split()[5:25])
    passage = {"work": work, "share": 0.4, "sample": 0, "text": stretch}
    found = {"works": 12, "highest_share": 0.4, "passages": [passage]}
    return detailed({**report, "bars": bars, "status": "rejected"}, near_duplicates=found)


def test_report__shows_what_stands_in_somebody_else_s_work_but_not_whose_it_is(
    page: Client, version: ModelVersion
) -> None:
    foreign = "5a9d2f4e-0c5b-4a57-9be5-111111111111"
    version.report = repeating(version.report, foreign)
    version.save()
    text = shown(page, "version", version.pk)
    assert "It repeats somebody else" in text
    assert "40 % of a text stands in one work of another freelancer." in text
    assert "compared with 12 works by others" in text
    assert f"<mark>{version.report['details']['near_duplicates']['passages'][0]['text']}</mark>" in text
    assert foreign not in text


def test_report__says_when_it_was_not_compared_with_others(page: Client, version: ModelVersion) -> None:
    assert "That was not measured for this version." not in shown(page, "version", version.pk)
    bars = [bar for bar in version.report["bars"] if bar["name"] != "near_duplicate_of_others"]
    version.report = detailed({**version.report, "bars": bars}, near_duplicates=None)
    version.save()
    text = shown(page, "version", version.pk)
    assert "That was not measured for this version." in text
    assert "Text shared with others" not in text


def test_report__shows_a_copied_run_in_the_output_and_in_the_work(version: ModelVersion) -> None:
    run = "and the tide came in over the old stones"
    passage = {"title": "Tides", "text": run, "shared_tokens": 14, "similarity": 1.0}
    passage |= {"output": f"We waited {run} before noon.", "source": f"It was late, {run} of the quay."}
    memory = {**version.report["details"]["memorisation"], "passages": [passage], "runs": [14, 0, 0]}
    view = report_view(detailed(version.report, memorisation=memory))
    (shown_passage,) = view.passages
    for parts in (shown_passage.parts, shown_passage.written):
        assert [part.text for part in parts if part.marked] == [run]
    assert view.runs is not None
    assert "1 of 3 outputs" in view.runs.summary


def test_report__compares_character_4_grams_where_they_were_measured(version: ModelVersion) -> None:
    comparison = {"other": "jane-austen", "perplexity_ratio": 0.95, "delta": 1.1, "char_grams": 0.72}
    view = report_view(detailed(version.report, own_char_grams=0.59, comparisons=[comparison]))
    assert len(view.charts) == 4
    assert "You: 0.59. The nearest other, Jane Austen: 0.72." in view.charts[-1].summary


@pytest.mark.parametrize("key", ["bars", "samples", "curve", "details", "notes"])
def test_report__does_without_any_of_its_parts(page: Client, version: ModelVersion, key: str) -> None:
    for lacking in (None, "nonsense", [1, None]):
        version.report = {**version.report, key: lacking}
        version.save()
        shown(page, "version", version.pk)


@pytest.mark.parametrize("key", ["memorisation", "held_out", "comparisons", "near_duplicates"])
def test_report__does_without_any_of_its_details(page: Client, version: ModelVersion, key: str) -> None:
    for lacking in (None, "nonsense", [1, None]):
        version.report = detailed(version.report, **{key: lacking})
        version.save()
        shown(page, "version", version.pk)


def test_report__that_is_empty_claims_nothing(page: Client, version: ModelVersion) -> None:
    version.report, version.manifest = {}, {}
    version.save()
    text = shown(page, "version", version.pk)
    assert "This version came without figures." in text
    assert "It sounds like you" not in text


def test_report__of_an_imported_version_shows_the_bars_that_came_with_it(version: ModelVersion) -> None:
    view = report_view(version.manifest["report"])
    assert [bar.name for bar in (*view.sounds, *view.copies, *view.others)] == [
        bar["name"] for bar in version.report["bars"]
    ]
    assert view.is_summary
    assert not view.samples


def test_bar__of_an_unknown_measure_shows_its_figures() -> None:
    view = bar_view({"name": "rhyme_density", "value": 0.25, "bar": "≤ 0.5", "met": True}, {})
    assert (view.title, view.value, view.limit) == ("Rhyme density", "0.25", "0.50 or less")


@pytest.mark.parametrize(("bar", "limit"), [("≤ 0.80", 0.8), ("< 50", 50.0), ("< 5 %", 0.05), ("none", None)])
def test_limit__is_read_from_its_text(bar: str, limit: float | None) -> None:
    assert limit_of(bar) == limit


def test_shared_run__is_found_across_case_and_punctuation_and_marked_in_both_texts() -> None:
    work = "Bread first. The oven was here before any of us, and the door sticks."
    output = "We say it plainly: the oven was HERE, before any of us came."
    assert shared_run(output, work).length == 8
    views, parts = passage_views({"nearest": [{"title": "Ovens", "text": work}]}, "nearest", output)
    assert [part.text for part in views[0].parts if part.marked] == ["The oven was here before any of us,"]
    assert [part.text for part in parts if part.marked] == ["the oven was HERE, before any of us"]
    assert "".join(part.text for part in parts) == output


def test_marked__leaves_short_runs_alone() -> None:
    assert [part.marked for part in marked("one of the most", 0, 3)] == [False]


def test_sample__is_judged_in_place_with_htmx_and_the_count_follows(page: Client, version: ModelVersion) -> None:
    answer = page.post(address("sample", version.pk, 0), {"verdict": "reject"}, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "You rejected it" in text
    assert 'hx-swap-oob="true"' in text
    assert "1 of 1 samples judged, 0 accepted." in text
    version.refresh_from_db()
    assert version.sample_verdicts == {"0": "rejected"}


def test_sample__is_judged_without_javascript(page: Client, version: ModelVersion) -> None:
    answer = page.post(address("sample", version.pk, 0), {"verdict": "accept"})
    assert answer.headers["Location"] == address("version", version.pk) + "#sample-0"
    assert page.post(address("sample", version.pk, 9), {"verdict": "accept"}).status_code == 422


def test_decision__declines_and_approves_later(page: Client, draft: CreationModel, version: ModelVersion) -> None:
    run = services.training_start(actor=draft.owner.actor, model_id=draft.pk, seed=9)
    services.training_execute(run_id=run.pk)
    later = draft.versions.get(run=run)
    page.post(address("version_decline", later.pk))
    later.refresh_from_db()
    assert later.status == "declined"
    page.post(address("version_approve", later.pk))
    draft.refresh_from_db()
    assert draft.current_version == later
    version.refresh_from_db()
    assert version.status == "retired"


def test_decision__that_was_made_already_is_explained(page: Client, version: ModelVersion) -> None:
    answer = page.post(address("version_decline", version.pk), follow=True)
    assert "cannot become declined" in answer.content.decode()


def test_signature__is_checked_against_the_stored_bytes(page: Client, version: ModelVersion) -> None:
    text = shown(page, "version_signature", version.pk)
    assert "Signature holds" in text
    assert "Ed25519" in text
    part = page.get(address("version_signature", version.pk), headers=HTMX).content.decode()
    assert "<html" not in part


def test_export__and_import_give_the_same_version_with_its_summary(
    page: Client, vetted: User, version: ModelVersion
) -> None:
    answer = page.get(address("version_export", version.pk))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{version.name}.tar"'
    other = services.model_create(actor=vetted.actor, name="Elsewhere")
    upload(page, other, answer.content)
    imported = other.versions.get()
    assert (imported.name, imported.imported) == (version.name, True)
    text = shown(page, "version", imported.pk)
    assert "Only the summary of its report travels" in text
    assert "0.71" in text


def test_import__refuses_a_changed_file_beside_the_field_and_stores_nothing(
    page: Client, vetted: User, version: ModelVersion
) -> None:
    _name, data = services.version_export(actor=vetted.actor, version_id=version.pk)
    other = services.model_create(actor=vetted.actor, name="Elsewhere")
    for broken in (b"", b"not a tar", data.replace(b'"seed"', b'"sEEd"', 1)):
        answer = upload(page, other, broken)
        assert answer.status_code == 422, broken[:20]
        assert 'role="alert"' in answer.content.decode()
    assert not other.versions.exists()


def test_import__needs_a_plan(page: Client, vetted: User, version: ModelVersion) -> None:
    _name, data = services.version_export(actor=vetted.actor, version_id=version.pk)
    vetted.subscriptions.update(status="cancelled")
    answer = upload(page, version.model, data)
    assert "Your plan does not include a creation model" in answer.content.decode()
    assert selectors.versions_of(actor=vetted.actor, model_id=version.model_id).count() == 1


def test_drawings__have_their_coordinates_in_any_language(page: Client, version: ModelVersion) -> None:
    page.cookies["django_language"] = "pt"
    text = shown(page, "version", version.pk) + shown(page, "split", version.model_id, "personal", price_personal="3")
    assert 'lang="pt"' in text
    widths = re.findall(r'<rect class="(?:limit-scale|split-view)__\w+"[^>]* width="([^"]+)"', text)
    assert widths
    assert all(float(width) >= 0 for width in widths)
