"""The library: versions of a folder and versions put there, verified, shared, and gone when room is needed."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import safetensors.torch
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oeuvre_studio.artifacts import LoadedVersion, map_version, read_files, write_files
from oeuvre_studio.errors import AdapterMismatchError, BaseMismatchError, VersionDamagedError
from oeuvre_studio.protocol import TrainResult, canonical_json, content_hash, dump, pack, sign_content
from oeuvre_studio.serve import library as library_module
from oeuvre_studio.serve.errors import EvictedError, NameMismatchError, NotLoadedError
from oeuvre_studio.serve.library import Library
from oeuvre_studio.serve.main import hosts
from oeuvre_studio.serve.metrics import Metrics
from oeuvre_studio.text.base import Base, load_base
from oeuvre_studio.text.embeddings import Embedder
from tests.studio import tiny
from tests.studio.serving import UNKNOWN, Running

Files = dict[str, bytes]
Make = Callable[..., Library]


@pytest.fixture(scope="module")
def files(trained: TrainResult) -> Files:
    return read_files(Path(trained.dir))


@pytest.fixture
def make(base: Base, embedder: Embedder) -> Iterator[Make]:
    """Makes libraries, and closes them."""
    made: list[Library] = []

    def one(folder: Path | None = None, *, memory: int = 2**30, on: Base = base) -> Library:
        made.append(Library(hosts(on, embedder), memory=memory, metrics=Metrics()))
        if folder is not None:
            made[-1].index(folder)
        return made[-1]

    yield one
    for library in made:
        library.close()


def signed(files: Files, **changed: bytes) -> Files:
    """Other content under a signature that fits it."""
    found = {**files, **{name.replace("_", "."): content for name, content in changed.items()}}
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    return {**found, "signature.json": canonical_json(dump(sign_content(content_hash(found), key)))}


def variants(files: Files, count: int) -> list[Files]:
    """Versions that differ in nothing but their names."""
    return [signed(files, card_json=files["card.json"] + b"\n" * number) for number in range(count)]


def shelf(folder: Path, versions: list[Files]) -> list[str]:
    """Write versions into a folder; returns their names."""
    return [write_files(folder / f"v{number}", version) for number, version in enumerate(versions)]


def put(library: Library, name: str, files: Files) -> bool:
    with library.expecting(name) as arrival:
        return library.put(files, arrival)


# over HTTP


def test_versions__unknown_ones_are_to_be_put_first(running: Running) -> None:
    answer = running.chat(running.grant(subject=UNKNOWN), model=UNKNOWN)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_loaded")


def test_versions__are_put_listed_and_deleted(running: Running) -> None:
    listed = running.http("GET", "/v1/versions", running.grant("host", "*")).json()["data"]
    assert [(version["id"], version["loaded"]) for version in listed] == [(running.version, True)]
    assert running.put().status_code == 200
    for _ in range(2):
        assert running.delete().status_code == 204
    assert running.chat().status_code == 404
    assert running.put().status_code == 201


def test_versions__under_another_name_or_damaged_are_refused(running: Running) -> None:
    misnamed = running.put(UNKNOWN)
    assert (misnamed.status_code, misnamed.json()["error"]["code"]) == (400, "name_mismatch")
    damaged = bytearray(running.archive)
    damaged[len(damaged) // 2] ^= 1
    answer = running.put(UNKNOWN, bytes(damaged))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "version_damaged")
    assert running.put("..", running.archive).status_code in (400, 404, 405)
    nameless = running.put("sailor", running.archive)
    assert (nameless.status_code, nameless.json()["error"]["code"]) == (400, "invalid_request")


# the folder


def test_folder__its_versions_can_be_asked_for_and_are_opened_when_they_are(
    make: Make, files: Files, tmp_path: Path
) -> None:
    names = shelf(tmp_path, variants(files, 3))
    (tmp_path / "notes.txt").write_text("not a version")
    (tmp_path / "empty").mkdir()
    library = make(tmp_path)
    assert [(version.name, version.loaded) for version in library.listing()] == [(n, False) for n in sorted(names)]
    author = library.open(names[1]).result()
    assert author.version.name == names[1]
    assert library.open(names[1]).done()
    assert library.loaded == (1, author.version.size)
    assert {version.name for version in library.listing() if version.loaded} == {names[1]}


def test_folder__a_single_version_is_one_too(make: Make, trained: TrainResult) -> None:
    assert make(Path(trained.dir)).open(trained.version).result().version.name == trained.version


def test_folder__its_versions_are_learnt_without_reading_their_tensors(
    make: Make, files: Files, tmp_path: Path
) -> None:
    names = shelf(tmp_path, variants(files, 8))
    for number in range(8):
        (tmp_path / f"v{number}" / "adapter.safetensors").write_bytes(b"")
    assert {version.name for version in make(tmp_path).listing()} == set(names)


def test_folder__what_does_not_belong_is_left_out_and_named(
    make: Make, files: Files, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    [name] = shelf(tmp_path / "here", [files])
    shelf(tmp_path / "there", variants(files, 2))
    (tmp_path / "here" / "linked").symlink_to(tmp_path / "there" / "v1", target_is_directory=True)
    write_files(tmp_path / "here" / "torn", variants(files, 3)[2])
    (tmp_path / "here" / "torn" / "manifest.json").write_text("{")
    library = make(tmp_path / "here")
    assert [version.name for version in library.listing()] == [name]
    assert "linked" in caplog.text
    assert "torn" in caplog.text


def test_folder__a_version_for_another_base_is_left_out(make: Make, files: Files, tmp_path: Path) -> None:
    shelf(tmp_path / "versions", [files])
    other = load_base(str(tiny.write_base(tmp_path / "other", seed=9)))
    assert make(tmp_path / "versions", on=other).listing() == []


@pytest.mark.parametrize("name", ["adapter.safetensors", "credit.safetensors", "card.json"])
def test_folder__a_changed_byte_is_found_before_a_tensor_is_used(
    make: Make, files: Files, tmp_path: Path, name: str
) -> None:
    [version] = shelf(tmp_path, [files])
    library = make(tmp_path)
    changed = bytearray(files[name])
    changed[-2] ^= 1
    (tmp_path / "v0" / name).write_bytes(changed)
    for _ in range(2):  # again when asked again: somebody may have mended it
        with pytest.raises(VersionDamagedError):
            library.open(version).result()
    write_files(tmp_path / "v0", files)
    assert library.open(version).result()


def test_folder__another_version_in_the_place_of_one_is_refused(make: Make, files: Files, tmp_path: Path) -> None:
    first, second = variants(files, 2)
    [name] = shelf(tmp_path, [first])
    library = make(tmp_path)
    write_files(tmp_path / "v0", second)
    with pytest.raises(VersionDamagedError, match="no longer"):
        library.open(name).result()


def test_folder__layers_that_the_base_does_not_have_are_refused_not_ignored(
    make: Make, files: Files, tmp_path: Path
) -> None:
    tensors = safetensors.torch.load(files["adapter.safetensors"])
    layer = next(iter(tensors)).rpartition(".")[0]
    less = {name: tensor for name, tensor in tensors.items() if not name.startswith(layer + ".")}
    more = {
        **tensors,
        "model.extra.lora_a": tensors[f"{layer}.lora_a"].clone(),
        "model.extra.lora_b": tensors[f"{layer}.lora_b"].clone(),
    }
    smaller = {**tensors, f"{layer}.lora_a": tensors[f"{layer}.lora_a"][:, :-1].contiguous()}
    narrow = {
        name: (tensor[:1] if name.endswith("lora_a") else tensor[:, :1]).contiguous()
        for name, tensor in tensors.items()
    }
    kinds = (less, more, smaller, narrow)
    forged = [signed(files, adapter_safetensors=safetensors.torch.save(each)) for each in kinds]
    names = shelf(tmp_path, forged)
    library = make(tmp_path)
    for name in names:
        with pytest.raises(AdapterMismatchError):
            library.open(name).result()
    for name, version in zip(names, forged, strict=True):
        with pytest.raises(AdapterMismatchError):
            put(library, name, version)
    assert library.loaded == (0, 0)


def test_unknown__names_and_paths_are_none(make: Make, trained: TrainResult) -> None:
    library = make(Path(trained.dir))
    for name in ("", "..", "../version", trained.dir, f"{trained.dir}/adapter.safetensors", UNKNOWN):
        with pytest.raises(NotLoadedError):
            library.open(name)


# many at once


def test_open__many_who_ask_at_once_wait_for_one_opening(
    make: Make, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [name] = shelf(tmp_path, [files])
    library = make(tmp_path)
    opened = []

    def count(folder: Path) -> LoadedVersion:
        opened.append(folder)
        time.sleep(0.1)
        return map_version(folder)

    monkeypatch.setattr(library_module, "map_version", count)
    with ThreadPoolExecutor(16) as pool:
        authors = list(pool.map(lambda _: library.open(name).result(), range(16)))
    assert len(opened) == 1
    assert len(set(map(id, authors))) == 1


def test_deletion__holds_against_everything_under_way(
    make: Make, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the moment: while it is opened, while it is put, between being handed out and being used."""
    [name] = shelf(tmp_path, [files])
    library = make(tmp_path)
    reached, go_on = threading.Event(), threading.Event()

    def wait(folder: Path) -> LoadedVersion:
        reached.set()
        assert go_on.wait(20)
        return map_version(folder)

    monkeypatch.setattr(library_module, "map_version", wait)
    opening = library.open(name)
    assert reached.wait(20)
    library.delete(name)
    with pytest.raises(NotLoadedError):
        library.open(name)
    with library.expecting(name) as arrival:  # a new one, after the deletion
        go_on.set()
        with pytest.raises(EvictedError):
            opening.result()
        assert library.put(files, arrival)
        library.delete(name)
        with pytest.raises(EvictedError):
            library.put(files, arrival)
    assert library.listing() == []
    put(library, name, files)
    author = library.open(name).result()
    assert library.has(author)
    library.delete(name)
    assert not library.has(author)
    put(library, name, files)
    assert not library.has(author)  # the one that is there now is another


def test_deletion__tells_who_has_to_end_what_is_running(make: Make) -> None:
    library = make()
    told: list[str] = []
    library.on_delete = told.append
    library.delete(UNKNOWN)
    assert told == [UNKNOWN]


# memory


def test_memory__the_least_recently_used_version_goes_first(make: Make, files: Files, tmp_path: Path) -> None:
    names = shelf(tmp_path, variants(files, 3))
    size = max(map(len, (pack(each) for each in variants(files, 3))))
    library = make(tmp_path, memory=2 * size)
    for name in (names[0], names[1], names[0], names[2]):
        library.open(name).result()
    assert [version.name for version in library.listing() if version.loaded] == sorted([names[0], names[2]])
    assert library.open(names[1]).result()  # a folder's version comes back by itself


def test_memory__a_version_that_was_put_is_only_there(make: Make, files: Files) -> None:
    first, second = variants(files, 2)
    library = make(memory=1)
    names = ["", ""]
    for place, version in enumerate((first, second)):
        with pytest.raises(NameMismatchError) as caught:
            put(library, UNKNOWN, version)
        names[place] = caught.value.message.split()[3].rstrip(",")
        assert put(library, names[place], version)
        assert not put(library, names[place], version)
    with pytest.raises(NotLoadedError):
        library.open(names[0])
    assert library.open(names[1]).result()  # the last one stays, however large


def test_memory__who_still_writes_with_a_version_shares_it_with_the_next(
    make: Make, files: Files, tmp_path: Path
) -> None:
    names = shelf(tmp_path, variants(files, 2))
    library = make(tmp_path, memory=1)
    author = library.open(names[0]).result()
    library.open(names[1]).result()
    assert [version.loaded for version in library.listing() if version.name == names[0]] == [False]
    assert library.open(names[0]).result() is author
    assert library.has(author)


def test_put__another_base_s_version_is_refused(make: Make, files: Files, tmp_path: Path, trained: TrainResult) -> None:
    other = load_base(str(tiny.write_base(tmp_path / "other", seed=9)))
    with pytest.raises(BaseMismatchError):
        put(make(on=other), trained.version, files)
