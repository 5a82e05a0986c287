"""Nothing leaves the studio that is unfit, about a refused topic, or a copy of somebody else's work, whoever asks and in whatever way."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from oeuvre_studio.artifacts import LoadedVersion, load_version, read_files
from oeuvre_studio.errors import OthersIndexError, UsageError
from oeuvre_studio.image import checks
from oeuvre_studio.image.checks import CopiesOthersError, PictureUnfitError, TopicRefusedError
from oeuvre_studio.image.copies import sketch
from oeuvre_studio.image.descriptors import describe
from oeuvre_studio.image.modality import IMAGE
from oeuvre_studio.image.moderation import Moderation
from oeuvre_studio.image.works import read_folder
from oeuvre_studio.modalities import GenerateRequest
from oeuvre_studio.protocol import TrainResult, write_index

KEY = bytes(range(32))
DESIGN = {"mode": "design", "headline": "Fly a kite", "cta": "Go", "size": "300x250"}
PICTURE = {"mode": "aspect", "size": "96x96"}


@pytest.fixture(scope="module")
def version(image_version: TrainResult) -> LoadedVersion:
    return load_version(read_files(Path(image_version.dir)))


def asked(version: LoadedVersion, models_dir: Path, prompt: str, **options: object) -> list[dict[str, object]]:
    return IMAGE.generate(GenerateRequest(version, prompt, 1, 5, models_dir, None, dict(options)))


def png(colour: tuple[int, int, int]) -> bytes:
    content = io.BytesIO()
    image = Image.new("RGB", (80, 80), "white")
    image.paste(colour, (20, 20, 60, 60))
    image.save(content, "PNG")
    return content.getvalue()


def planted(monkeypatch: pytest.MonkeyPatch, score: float) -> None:
    """What is mostly magenta counts as unfit: it stands for a picture that nobody should see."""

    def moderate(pictures: list[Image.Image], _folder: Path) -> list[Moderation]:
        means = [np.asarray(picture.convert("RGB").resize((64, 64)), int).reshape(-1, 3) for picture in pictures]
        magenta = [((one[:, 0] > 140) & (one[:, 2] > 140) & (one[:, 1] < 110)).mean() for one in means]
        return [Moderation(score if share > 0.004 else 0.0) for share in magenta]

    monkeypatch.setattr(checks, "moderate", moderate)


@pytest.mark.parametrize(
    "options", [PICTURE | {"ground": "#ff00ff"}, DESIGN | {"colours": "#ff00ff"}], ids=["patch", "design"]
)
def test_unfit_output__is_not_handed_out(
    version: LoadedVersion, models_dir: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, str]
) -> None:
    planted(monkeypatch, 0.95)
    with pytest.raises(PictureUnfitError, match="not fit for everybody"):
        asked(version, models_dir, "kite", **options)
    plain = {name: value for name, value in options.items() if name not in ("ground", "colours")}
    (output,) = asked(version, models_dir, "kite", **plain)
    assert output["facts"]["fitness"] == "fit"  # type: ignore[index]


def test_doubtful_output__is_marked_for_a_person(
    version: LoadedVersion, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(monkeypatch, 0.5)
    (output,) = asked(version, models_dir, "kite", **PICTURE, ground="#ff00ff")
    assert (output["facts"]["fitness"], output["facts"]["unfit"]) == ("doubtful", 0.5)  # type: ignore[index]


def test_unfit_work__is_left_out_by_name(works_dir: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = read_folder(works_dir)
    scores = iter([Moderation(0.95 if work.title == "beach" else 0.5) for work in body.works])
    monkeypatch.setattr(checks, "moderate", lambda pictures, _folder: [next(scores) for _ in pictures])
    left = checks.only_fit(body, models_dir)
    assert {work.title for work in body.works} - {work.title for work in left.works} == {"beach"}
    assert [(one.file, one.code) for one in left.refused] == [("beach.png", "unfit")]


@pytest.mark.parametrize(("name", "options"), [("guide", {"size": "96x96"}), ("logo", DESIGN)])
def test_unfit_guide_or_logo__ends_the_request(
    version: LoadedVersion, models_dir: Path, monkeypatch: pytest.MonkeyPatch, name: str, options: dict[str, str]
) -> None:
    planted(monkeypatch, 0.95)
    with pytest.raises(PictureUnfitError, match=name):
        asked(version, models_dir, "kite", **options, **{name: png((255, 0, 255))})
    assert asked(version, models_dir, "kite", **options, **{name: png((40, 160, 60))})


def test_unreadable_logo__is_named(version: LoadedVersion, models_dir: Path) -> None:
    with pytest.raises(UsageError, match="logo cannot be read"):
        asked(version, models_dir, "kite", **DESIGN, logo=b"no picture")


@pytest.mark.parametrize(
    ("prompt", "options"),
    [
        ("a kite at war", PICTURE),
        ("kites", DESIGN | {"subline": "War for the sky"}),
        ("kites", DESIGN | {"cta": "To war"}),
    ],
    ids=["prompt", "subline", "button"],
)
def test_refused_topic__is_refused_wherever_it_stands(
    version: LoadedVersion, models_dir: Path, monkeypatch: pytest.MonkeyPatch, prompt: str, options: dict[str, str]
) -> None:
    monkeypatch.setattr(checks, "TOPIC", 2.0)  # the stand-in embedder means nothing: words alone
    with pytest.raises(TopicRefusedError, match="war"):
        asked(version, models_dir, prompt, **options, refused_topics="politics, war")
    assert asked(version, models_dir, prompt, **options, refused_topics="politics")


@pytest.mark.parametrize("options", [PICTURE, DESIGN], ids=["patch", "design"])
def test_copy_of_somebody_elses_work__is_not_handed_out(
    version: LoadedVersion, models_dir: Path, tmp_path: Path, options: dict[str, str]
) -> None:
    (output,) = asked(version, models_dir, "kite", **options)
    (copied,) = describe([checks._seen(output)], models_dir)
    (foreign,) = describe([Image.effect_noise((96, 96), 90).convert("RGB")], models_dir)
    (tmp_path / "key").write_text(KEY.hex())
    for name, known in (("copied", copied), ("foreign", foreign)):
        with (tmp_path / name).open("wb") as stream:
            write_index(stream, [("work-7", sketch(known, KEY))], key=KEY)
    key = str(tmp_path / "key")
    with pytest.raises(CopiesOthersError, match="somebody else"):
        asked(version, models_dir, "kite", **options, others_index=str(tmp_path / "copied"), others_key=key)
    with pytest.raises(OthersIndexError, match="go together"):
        asked(version, models_dir, "kite", **options, others_index=str(tmp_path / "copied"))
    assert asked(version, models_dir, "kite", **options, others_index=str(tmp_path / "foreign"), others_key=key)


def test_poster_with_words__becomes_a_design_and_one_without_a_picture(
    version: LoadedVersion, models_dir: Path
) -> None:
    (poster,) = asked(version, models_dir, 'a poster 300x250 "Fly a kite"')
    assert poster["facts"]["mode"] == "design"  # type: ignore[index]
    (picture,) = asked(version, models_dir, "a kite poster", size="64x90")
    assert picture["facts"]["mode"] == "aspect"  # type: ignore[index]
    assert picture["facts"]["found_by"] == "words"  # type: ignore[index]
