"""A version of pictures from works to outputs."""

from __future__ import annotations

import dataclasses
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from oeuvre_studio.artifacts import LoadedVersion, load_version, read_files
from oeuvre_studio.errors import OthersIndexError, RunCancelledError, UsageError, VersionDamagedError
from oeuvre_studio.image.copies import sketch
from oeuvre_studio.image.index import Portfolio
from oeuvre_studio.image.modality import IMAGE
from oeuvre_studio.modalities import EvaluateRequest, GenerateRequest, TrainRequest, modality
from oeuvre_studio.progress import SilentReporter
from oeuvre_studio.protocol import Report, TrainResult, parse, write_index
from oeuvre_studio.protocol.image import ImageDetails

KEY = bytes(range(32))


@pytest.fixture(scope="module")
def version(image_version: TrainResult) -> LoadedVersion:
    return load_version(read_files(Path(image_version.dir)))


def asked(
    version: LoadedVersion, models_dir: Path, prompt: str = "a beetle", **options: object
) -> list[dict[str, object]]:
    request = GenerateRequest(version, prompt, 1, 5, models_dir, None, {"size": "96x96", **options})
    return IMAGE.generate(request)


def opened(output: dict[str, object]) -> Image.Image:
    return Image.open(io.BytesIO(output["content"]))  # type: ignore[arg-type]


def test_version__holds_the_works_without_loss(version: LoadedVersion, works_dir: Path) -> None:
    portfolio = Portfolio.from_tensors(version.adapter, version.credit)
    assert len(portfolio.works) == 5
    for work in portfolio.works:
        with Image.open(works_dir / work.file) as original:
            assert np.array_equal(np.asarray(original.convert("RGBA")), np.asarray(work.picture))
    assert version.manifest.unit == "pixels"
    assert sum(work.held_out for work in version.manifest.works) == 1


def test_report__has_pictures_credit_and_bars(image_version: TrainResult) -> None:
    report = parse(Report, json.loads((Path(image_version.dir) / "report.json").read_text()))
    assert isinstance(report.details, ImageDetails)
    assert {"credit_error", "largest_copy", "seconds_64"} <= {bar.name for bar in report.bars}
    assert {mode.mode for mode in report.details.modes} == {"variation", "aspect", "tile", "palette", "compose"}
    for sample in report.samples:
        assert sample.media is not None
        assert sum(part.share for part in sample.credit) == pytest.approx(1.0)
    page = (Path(image_version.dir) / "report.html").read_text()
    assert "data:image/webp;base64" in page


def test_prompt__chooses_the_work_it_is_about(version: LoadedVersion, models_dir: Path) -> None:
    for prompt, title in (("a kite in the wind", "kite"), ("one beetle", "beetle")):
        (output,) = asked(version, models_dir, prompt, mode="aspect")
        assert title in output["credit"][0]["title"]  # type: ignore[index]


def test_named_work__leads(version: LoadedVersion, models_dir: Path) -> None:
    first = Portfolio.from_tensors(version.adapter, version.credit).works[-1]
    (output,) = asked(version, models_dir, "anything", mode="aspect", works=first.sha256[:12])
    assert output["credit"] == [{"work": first.sha256, "title": first.title, "share": 1.0}]


def test_same_seed__gives_the_same_file(version: LoadedVersion, models_dir: Path) -> None:
    first, again = (asked(version, models_dir, mode="variation")[0]["content"] for _ in range(2))
    assert first == again


def test_several__have_seeds_of_their_own(version: LoadedVersion, models_dir: Path) -> None:
    request = GenerateRequest(version, "kite", 2, 7, models_dir, None, {"mode": "variation", "size": "96x96"})
    first, second = IMAGE.generate(request)
    assert (first["seed"], second["seed"]) == (7, 8)
    assert first["content"] != second["content"]


def test_prompt__names_the_way_the_size_and_the_colours(version: LoadedVersion, models_dir: Path) -> None:
    (output,) = asked(version, models_dir, "a seamless kite pattern, 160x128", size="")
    assert output["facts"]["mode"] == "tile"  # type: ignore[index]
    assert opened(output).size == (160, 128)
    (wreath,) = asked(version, models_dir, "a wreath of kites")
    assert wreath["facts"]["layout"] == "wreath"  # type: ignore[index]
    (kite,) = asked(version, models_dir, "kite", mode="palette", colours="crimson")
    middle = np.asarray(opened(kite))[40:56, 30:40].reshape(-1, 3).astype(int)
    assert np.median(middle[:, 0]) > np.median(middle[:, 2]) + 40, "the blue kite became red"


@pytest.mark.parametrize(("kind", "found"), [("png", "PNG"), ("webp", "WEBP"), ("jpeg", "JPEG")])
def test_picture__comes_as_the_file_asked_for(version: LoadedVersion, models_dir: Path, kind: str, found: str) -> None:
    (output,) = asked(version, models_dir, mode="aspect", format=kind)
    assert opened(output).format == found
    assert output["suffix"] == f".{kind}"


def test_ground_none__is_transparent(version: LoadedVersion, models_dir: Path) -> None:
    (output,) = asked(version, models_dir, mode="aspect", ground="none")
    image = opened(output)
    assert image.mode == "RGBA"
    assert image.getpixel((0, 0))[3] == 0  # type: ignore[index]


def test_guide__is_taken_as_bytes(version: LoadedVersion, models_dir: Path) -> None:
    sketch = io.BytesIO()
    Image.new("RGB", (80, 80), "white").save(sketch, "PNG")
    square = Image.new("RGB", (80, 80), "white")
    square.paste((220, 60, 50), (20, 20, 60, 60))
    square.save(sketch := io.BytesIO(), "PNG")
    (output,) = asked(version, models_dir, guide=sketch.getvalue())
    assert output["facts"]["mode"] == "guide"  # type: ignore[index]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "dream"}, "no mode"),
        ({"size": "3x3"}, "64 to 2048"),
        ({"size": "wide"}, "1200x628"),
        ({"strength": "much"}, "0 to 1"),
        ({"colours": "blurple"}, "no colour"),
        ({"format": "svg"}, "png, webp, jpeg"),
        ({"works": "nobody.png"}, "no work"),
        ({"guide": b"no picture"}, "cannot be read"),
        ({"temperature": 1}, "temperature"),
    ],
)
def test_bad_option__says_what_to_do(
    version: LoadedVersion, models_dir: Path, options: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        asked(version, models_dir, **options)


def test_overlay__is_larger_than_the_picture_by_its_legend(version: LoadedVersion, models_dir: Path) -> None:
    (output,) = asked(version, models_dir, mode="aspect", overlay="yes")
    assert opened(output).size[1] > 96


def tinted_shares(shown: Image.Image, output: dict[str, object]) -> list[float]:
    """The share of each tint among the coloured pixels of an overlay."""
    tints = np.asarray(
        [[int(tint[at : at + 2], 16) for at in (1, 3, 5)] for tint in output["facts"]["tints"].split(",")],  # type: ignore[index]
        float,
    )
    pixels = np.asarray(shown).reshape(-1, 3).astype(float)
    pixels = pixels[np.ptp(pixels, axis=1) > 40]
    pixels -= pixels.mean(axis=1, keepdims=True)
    tints -= tints.mean(axis=1, keepdims=True)
    nearest = (pixels @ (tints / np.linalg.norm(tints, axis=1, keepdims=True)).T).argmax(axis=1)
    return [float(share) for share in np.bincount(nearest, minlength=len(tints)) / len(nearest)]


def test_overlay__comes_beside_the_picture_it_explains(version: LoadedVersion, models_dir: Path) -> None:
    (plain,) = asked(version, models_dir, "kites and beetles", mode="compose")
    (output,) = asked(version, models_dir, "kites and beetles", mode="compose", also="overlay")
    assert output["content"] == plain["content"]
    shown = Image.open(io.BytesIO(output["beside"]["overlay.webp"])).convert("RGB")  # type: ignore[index]
    assert shown.size == opened(output).size
    assert tinted_shares(shown, output) == pytest.approx(
        [part["share"] for part in output["credit"]],  # type: ignore[attr-defined]
        abs=0.05,
    )
    with pytest.raises(UsageError, match="overlay"):
        asked(version, models_dir, mode="compose", also="svg")


def test_planted_foreign_work__is_refused(
    image_request: TrainRequest, works_dir: Path, other_dir: Path, tmp_path: Path
) -> None:
    planted = shutil.copytree(works_dir, tmp_path / "planted")
    shutil.copy(other_dir / "stripes 1.png", planted / "stolen.png")
    request = dataclasses.replace(image_request, works=str(planted), out=tmp_path / "out", others=(other_dir,), seed=1)
    result = IMAGE.train(request, SilentReporter())
    bars = {bar.name: bar for bar in result.bars}
    assert result.status == "rejected"
    assert not bars["likeness_to_others"].met
    assert bars["likeness_to_others"].value > 0.95
    report = parse(Report, json.loads((tmp_path / "out" / "report.json").read_text()))
    assert isinstance(report.details, ImageDetails)
    assert report.details.foreign[0].work == "stripes 1.png"


def test_evaluate__measures_a_finished_version(
    version: LoadedVersion, models_dir: Path, works_dir: Path, other_dir: Path
) -> None:
    request = EvaluateRequest(version, works_dir, models_dir, None, (other_dir,), 3, lambda: False)
    report = IMAGE.evaluate(request, SilentReporter())
    assert {bar.name for bar in report.bars} >= {"likeness_to_others", "largest_copy"}


def test_index_of_everybody__is_compared_with(
    image_request: TrainRequest, version: LoadedVersion, tmp_path: Path
) -> None:
    own = Portfolio.from_tensors(version.adapter, version.credit).descriptor(0)
    with (tmp_path / "others").open("wb") as stream:
        write_index(stream, [("work-7", sketch(own, KEY))], key=KEY)
    (tmp_path / "key").write_text(KEY.hex())
    options = {"others_index": tmp_path / "others", "others_key": tmp_path / "key"}
    result = IMAGE.train(dataclasses.replace(image_request, out=tmp_path / "out", options=options), SilentReporter())
    assert next(bar for bar in result.bars if bar.name == "likeness_to_others").value > 0.95
    with pytest.raises(OthersIndexError, match="key"):
        IMAGE.train(
            dataclasses.replace(image_request, out=tmp_path / "o", options={"others_index": tmp_path / "others"}),
            SilentReporter(),
        )


def test_cancelled_run__stops(image_request: TrainRequest, tmp_path: Path) -> None:
    with pytest.raises(RunCancelledError):
        IMAGE.train(dataclasses.replace(image_request, out=tmp_path, cancelled=lambda: True), SilentReporter())
    assert not (tmp_path / "signature.json").exists()


def test_version_with_a_missing_picture__is_refused(version: LoadedVersion) -> None:
    adapter = dict(version.adapter)
    del adapter["0001.png"]
    with pytest.raises(VersionDamagedError):
        Portfolio.from_tensors(adapter, version.credit)


def test_design__comes_from_the_same_version(version: LoadedVersion, models_dir: Path) -> None:
    (output,) = asked(version, models_dir, "Fly a kite", mode="design", size="1080x1080", format="svg")
    assert output["suffix"] == ".svg"
    assert sum(part["share"] for part in output["credit"]) == pytest.approx(1.0)  # type: ignore[attr-defined]


def test_design__comes_in_all_its_forms_at_once_and_is_set_again(version: LoadedVersion, models_dir: Path) -> None:
    wish = {"mode": "design", "size": "540x540", "cta": "Come along"}
    (output,) = asked(version, models_dir, "Fly a kite", also="svg,pdf,overlay", **wish)
    beside: dict[str, bytes] = output["beside"]  # type: ignore[assignment]
    assert set(beside) == {"svg", "pdf", "overlay.webp"}
    assert opened(output).size == (540, 540)
    assert b"Fly" in beside["svg"]
    assert beside["pdf"].startswith(b"%PDF")
    (alone,) = asked(version, models_dir, "Fly a kite", format="svg", **wish)
    assert alone["content"] == beside["svg"]
    shown = Image.open(io.BytesIO(beside["overlay.webp"])).convert("RGB")
    assert tinted_shares(shown, output)[0] == pytest.approx(output["credit"][0]["share"], abs=0.1)  # type: ignore[index]
    assert "headline" in output["facts"]["roles"].split(",")  # type: ignore[index]
    saved = str(output["design"]).encode()
    (again,) = asked(version, models_dir, "-", mode="design", design=saved, headline="Wings", cta="", also="pdf")
    (words,) = asked(version, models_dir, "-", mode="design", design=saved, headline="Wings", cta="", format="svg")
    assert opened(again).size == (540, 540)
    assert again["content"] != output["content"]
    assert set(again["beside"]) == {"pdf"}  # type: ignore[call-overload]
    assert b"Wings" in words["content"]  # type: ignore[operator]
    assert b"Come along" not in words["content"]  # type: ignore[operator]
    assert again["facts"]["roles"] == output["facts"]["roles"]  # type: ignore[index]


def test_modality__is_found_by_its_name() -> None:
    assert modality("image") is IMAGE
