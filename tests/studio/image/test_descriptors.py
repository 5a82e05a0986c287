"""Copies are told from other works, and an index of everybody's descriptors is of use to whoever has its key only."""

import dataclasses
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from oeuvre_studio.errors import ModelUnavailableError, OthersIndexError
from oeuvre_studio.image import descriptors
from oeuvre_studio.image.copies import SKETCH_BYTES, PictureIndex, near_copies, open_picture_index, sketch
from oeuvre_studio.image.descriptors import SIZE, Descriptor, describe, perceptual_hash
from oeuvre_studio.protocol import write_index
from tests.studio.image.pictures import as_file, made

KEY = bytes(range(32))


def descriptor(seed: int, *, towards: Descriptor | None = None, cosine: float = 0.0) -> Descriptor:
    """A made-up one; with ``towards``, at the given cosine to it and 3 bits from its hash."""
    vector = np.random.default_rng(seed).normal(size=SIZE)
    picture_hash = int(np.random.default_rng(seed).integers(2**63))
    if towards is not None:
        vector -= (vector @ towards.vector) * towards.vector
        vector = cosine * towards.vector + np.sqrt(1 - cosine**2) * vector / np.linalg.norm(vector)
        picture_hash = towards.hash ^ 0b111 if cosine == 0 else picture_hash
    return Descriptor((vector / np.linalg.norm(vector)).astype(np.float32), picture_hash)


def index_of(*works: Descriptor, key: bytes = KEY) -> PictureIndex:
    return PictureIndex.of([(f"w{number}", sketch(work, key)) for number, work in enumerate(works)], key)


def test_near_copies__finds_copies_and_what_a_person_should_see() -> None:
    mine = [descriptor(1), descriptor(2)]
    theirs = [
        descriptor(3),
        descriptor(4, towards=mine[1], cosine=0.9),
        descriptor(5, towards=mine[0], cosine=0.65),
        descriptor(6, towards=mine[0], cosine=0.5),
    ]
    found = near_copies(mine, index_of(*theirs))
    assert [(copy.picture, copy.work, copy.verdict) for copy in found] == [(1, "w1", "copy"), (0, "w2", "doubtful")]
    assert [copy.similarity for copy in found] == [pytest.approx(0.9, abs=0.01), pytest.approx(0.65, abs=0.01)]


def test_near_copies__trusts_the_hash_where_the_network_does_not_see_it() -> None:
    mine = descriptor(1)
    (copy,) = near_copies([mine], index_of(descriptor(2, towards=mine)))
    assert (copy.hash_distance, copy.verdict) == (3, "doubtful")
    assert copy.similarity == pytest.approx(0.0, abs=0.01)


def test_near_copies__of_nothing_are_none() -> None:
    assert near_copies([descriptor(1)], index_of()) == []
    assert near_copies([], index_of(descriptor(1))) == []


def test_index__is_searched_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oeuvre_studio.image.copies._CHUNK", 3)
    works = [descriptor(seed) for seed in range(8)]
    found = near_copies(works, index_of(*works))
    assert [(copy.picture, copy.work) for copy in found] == [(number, f"w{number}") for number in range(8)]


def test_sketch__says_nothing_without_the_key() -> None:
    work = descriptor(1)
    veiled = np.frombuffer(sketch(work, KEY)[:SIZE], np.int8).astype(float)
    assert len(sketch(work, KEY)) == SKETCH_BYTES == 520
    assert abs(veiled @ work.vector) / np.linalg.norm(veiled) < 0.2
    assert near_copies([work], dataclasses.replace(index_of(work), key=bytes(32))) == []


def test_index__travels_in_a_file(tmp_path: Path) -> None:
    works = [descriptor(seed) for seed in range(3)]
    with (tmp_path / "others").open("wb") as stream:
        write_index(stream, [(f"id-{number}", sketch(work, KEY)) for number, work in enumerate(works)], key=KEY)
    (tmp_path / "key").write_text(KEY.hex())
    index = open_picture_index(tmp_path / "others", tmp_path / "key")
    assert index is not None
    assert [copy.work for copy in near_copies([works[2]], index)] == ["id-2"]
    assert open_picture_index(None, None) is None


def test_index__says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    with (tmp_path / "texts").open("wb") as stream:
        write_index(stream, [("id", bytes(80))], key=KEY)
    (tmp_path / "key").write_text(KEY.hex())
    (tmp_path / "other-key").write_text(bytes(32).hex())
    with pytest.raises(OthersIndexError, match="another kind of work"):
        open_picture_index(tmp_path / "texts", tmp_path / "key")
    with pytest.raises(OthersIndexError, match="another key"):
        open_picture_index(tmp_path / "texts", tmp_path / "other-key")
    with pytest.raises(OthersIndexError, match="cannot be read"):
        open_picture_index(tmp_path / "nowhere", tmp_path / "key")
    with pytest.raises(OthersIndexError, match="go together"):
        open_picture_index(tmp_path / "texts", None)


def test_perceptual_hash__stays_with_compression_colour_and_size_and_not_with_another_picture() -> None:
    work = made(1, (200, 160))
    with Image.open(io.BytesIO(as_file(work.resize((120, 96)), "JPEG", quality=40))) as again:
        copies = [again.convert("RGB"), work.convert("L").convert("RGB"), work.convert("RGBA")]
    hashes = [perceptual_hash(copy) for copy in copies]
    assert all((found ^ perceptual_hash(work)).bit_count() <= descriptors.HASH_COPY for found in hashes)
    others = [perceptual_hash(made(seed, (200, 160))) for seed in range(2, 12)]
    assert all((other ^ perceptual_hash(work)).bit_count() > 2 * descriptors.HASH_COPY for other in others)
    assert (perceptual_hash(ImageOps.mirror(work)) ^ perceptual_hash(work)).bit_count() > descriptors.HASH_COPY


def test_perceptual_hash__sees_transparency_as_white() -> None:
    shape = made(3, (200, 160)).convert("RGBA")
    shape.putalpha(Image.new("L", shape.size, 0))
    shape.paste((0, 0, 0, 255), (40, 40, 90, 120))
    seen = Image.new("RGB", shape.size, "white")
    seen.paste("black", (40, 40, 90, 120))
    assert perceptual_hash(shape) == perceptual_hash(seen)


class Averages:
    """Stands in for the network: the mean colour of each quarter, made long."""

    def __init__(self) -> None:
        self.batches: list[tuple[int, ...]] = []

    def run(self, _names: None, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        seen = inputs["image"]
        assert seen.dtype == np.uint8
        self.batches.append(seen.shape)
        quarters = seen.reshape(len(seen), 2, 144, 2, 144, 3).mean(axis=(2, 4)).reshape(len(seen), -1)
        return [np.tile(quarters, 43)[:, :SIZE].astype(np.float32)]


def test_describe__gives_vectors_of_length_one_in_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    network = Averages()
    monkeypatch.setattr(descriptors, "network", lambda name, folder: network)
    monkeypatch.setattr(descriptors, "BATCH", 2)
    pictures = [made(seed) for seed in range(5)]
    found = describe(pictures, tmp_path)
    assert network.batches == [(2, 288, 288, 3), (2, 288, 288, 3), (1, 288, 288, 3)]
    assert [one.hash for one in found] == [perceptual_hash(picture) for picture in pictures]
    assert [float(np.linalg.norm(one.vector)) for one in found] == [pytest.approx(1)] * 5
    assert found[3].similarity(describe([pictures[3]], tmp_path)[0]) == pytest.approx(1)


def test_describe__says_how_to_get_the_network(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match="studio models pull sscd"):
        describe([made(1)], tmp_path)
