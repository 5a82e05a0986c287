"""The real networks that look at pictures, on works that real people drew."""

import io
import itertools
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from oeuvre_studio.catalog import default_models_dir
from oeuvre_studio.image import descriptors, moderation
from oeuvre_studio.image.copies import PictureIndex, near_copies, sketch
from oeuvre_studio.image.descriptors import describe
from oeuvre_studio.image.moderation import moderate
from oeuvre_studio.image.networks import opaque
from oeuvre_studio.image.works import ImageWork, read_folder

ROOT = Path(__file__).parents[2]
CORPORA = ROOT.parent / "shared/corpora/image"
MODELS = ROOT / default_models_dir()
KEY = bytes(32)
EACH = 10
"""Works of each person."""

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not CORPORA.is_dir(), reason=f"there are no pictures at {CORPORA}"),
    pytest.mark.skipif(
        not all((MODELS / name).is_dir() for name in (descriptors.MODEL, moderation.MODEL)),
        reason="the models were not pulled: studio models pull --default",
    ),
]


@pytest.fixture(scope="module")
def people() -> list[tuple[ImageWork, ...]]:
    bodies = [read_folder(folder) for folder in sorted(CORPORA.iterdir()) if folder.is_dir()]
    assert all(not body.refused for body in bodies)
    return [body.works[:EACH] for body in bodies]


def copied(work: ImageWork) -> list[Image.Image]:
    """Mirrored, cropped to four fifths, grey, and badly compressed."""
    picture = opaque(work.picture)
    wide, high = picture.size
    compressed = io.BytesIO()
    picture.resize((256, 256)).save(compressed, "JPEG", quality=30)
    return [
        ImageOps.mirror(picture),
        picture.crop((wide // 10, high // 10, wide * 9 // 10, high * 9 // 10)),
        picture.convert("L").convert("RGB"),
        Image.open(compressed).convert("RGB"),
    ]


def test_real__different_people_draw_no_copies_of_one_another(people: list[tuple[ImageWork, ...]]) -> None:
    described = [describe([work.picture for work in works], MODELS) for works in people]
    for number, other in itertools.permutations(range(len(people)), 2):
        index = PictureIndex.of([(str(n), sketch(work, KEY)) for n, work in enumerate(described[other])], KEY)
        assert not [copy for copy in near_copies(described[number], index) if copy.verdict == "copy"]


def test_real__copies_are_found_whatever_was_done_to_them(people: list[tuple[ImageWork, ...]]) -> None:
    works = people[0]
    index = PictureIndex.of(
        [
            (work.file, sketch(one, KEY))
            for work, one in zip(works, describe([w.picture for w in works], MODELS), strict=True)
        ],
        KEY,
    )
    for work in works[:4]:
        found = near_copies(describe(copied(work), MODELS), index)
        assert {copy.picture for copy in found if copy.work == work.file} == {0, 1, 2, 3}


def test_real__clip_art_is_fit_for_everybody(people: list[tuple[ImageWork, ...]]) -> None:
    pictures = [work.picture for works in people for work in works[:4]]
    assert [one.fitness for one in moderate(pictures, MODELS)] == ["fit"] * len(pictures)
