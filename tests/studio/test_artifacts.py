"""Versions on disk: what is refused, and what comes back."""

import stat
from pathlib import Path

import pytest
import safetensors.torch
import torch
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from oeuvre_studio.artifacts import glance, load_version, map_version, read_files, signing_key, write_files
from oeuvre_studio.errors import AdapterMismatchError, BaseMismatchError, UsageError, VersionDamagedError
from oeuvre_studio.protocol import TrainResult, canonical_json, content_hash, dump, pack, sign_content
from oeuvre_studio.text.base import Base, load_base
from oeuvre_studio.text.embeddings import Embedder
from oeuvre_studio.text.gate import adapter_of
from oeuvre_studio.text.generate import Author
from tests.studio import tiny


@pytest.fixture(scope="module")
def files(trained: TrainResult) -> dict[str, bytes]:
    return read_files(Path(trained.dir))


def test_load__gives_papers_and_tensors_back(files: dict[str, bytes], trained: TrainResult, base: Base) -> None:
    version = load_version(files, base_sha256=base.sha256)
    assert version.name == trained.version
    assert version.manifest.base_sha256 == base.sha256
    assert {work.held_out for work in version.manifest.works} == {True, False}
    assert set(adapter_of(version).pairs) == set(base.layers)


def test_load__refuses_another_base(files: dict[str, bytes], embedder: Embedder, tmp_path: Path, base: Base) -> None:
    other = load_base(str(tiny.write_base(tmp_path / "other", seed=9)))
    assert other.sha256 != base.sha256
    with pytest.raises(BaseMismatchError, match="base it was trained on"):
        load_version(files, base_sha256=other.sha256)
    with pytest.raises(BaseMismatchError):
        Author(other, embedder, load_version(files))


def test_load__refuses_an_adapter_with_missing_layers_though_signed(
    files: dict[str, bytes], base: Base, embedder: Embedder, tmp_path: Path
) -> None:
    tensors = safetensors.torch.load(files["adapter.safetensors"])
    layer = next(iter(tensors)).rpartition(".")[0]
    kept = {name: tensor for name, tensor in tensors.items() if not name.startswith(layer + ".")}
    forged = {**files, "adapter.safetensors": safetensors.torch.save(kept)}
    key = signing_key(None, tmp_path)
    forged["signature.json"] = canonical_json(dump(sign_content(content_hash(forged), key)))
    with pytest.raises(AdapterMismatchError, match="layers are not those"):
        Author(base, embedder, load_version(forged))


def test_read__takes_a_folder_or_a_tar(files: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "v.tar").write_bytes(pack(files))
    assert read_files(tmp_path / "v.tar") == files
    write_files(tmp_path / "again", files)
    assert read_files(tmp_path / "again") == files
    with pytest.raises(VersionDamagedError, match="no version"):
        read_files(tmp_path)


def test_map__gives_the_tensors_that_loading_gives_without_copying_them(
    files: dict[str, bytes], trained: TrainResult
) -> None:
    loaded, mapped = load_version(files), map_version(Path(trained.dir))
    assert (mapped.name, mapped.manifest, mapped.card, mapped.size) == (
        loaded.name,
        loaded.manifest,
        loaded.card,
        loaded.size,
    )
    for found, wanted in ((mapped.adapter, loaded.adapter), (mapped.credit, loaded.credit)):
        assert set(found) == set(wanted)
        assert all(torch.equal(found[name], wanted[name]) for name in wanted)
    assert f"{trained.dir}/adapter.safetensors" in Path("/proc/self/maps").read_text()


def test_map__keeps_what_it_verified_when_the_file_is_replaced(
    files: dict[str, bytes], trained: TrainResult, tmp_path: Path
) -> None:
    write_files(tmp_path / "v", files)
    mapped = map_version(tmp_path / "v")
    (tmp_path / "other").write_bytes(bytes(len(files["adapter.safetensors"])))
    (tmp_path / "other").replace(tmp_path / "v" / "adapter.safetensors")
    wanted = load_version(files).adapter
    assert all(torch.equal(mapped.adapter[name], wanted[name]) for name in wanted)
    with pytest.raises(VersionDamagedError):
        map_version(tmp_path / "v")


@pytest.mark.parametrize("name", ["adapter.safetensors", "credit.safetensors", "card.json", "manifest.json"])
def test_map__refuses_a_changed_byte_and_a_link(files: dict[str, bytes], tmp_path: Path, name: str) -> None:
    write_files(tmp_path / "v", files)
    changed = bytearray(files[name])
    changed[-2] ^= 1
    (tmp_path / "v" / name).write_bytes(changed)
    with pytest.raises(VersionDamagedError):
        map_version(tmp_path / "v")
    (tmp_path / "whole").write_bytes(files[name])
    (tmp_path / "v" / name).unlink()
    (tmp_path / "v" / name).symlink_to(tmp_path / "whole")
    with pytest.raises(VersionDamagedError, match="a link"):
        map_version(tmp_path / "v")


def test_map__refuses_what_is_signed_but_not_safetensors(files: dict[str, bytes], tmp_path: Path) -> None:
    forged = {**files, "adapter.safetensors": b"\x80\x04N."}  # a pickle
    key = signing_key(None, tmp_path)
    forged["signature.json"] = canonical_json(dump(sign_content(content_hash(forged), key)))
    write_files(tmp_path / "v", forged)
    with pytest.raises(VersionDamagedError, match="not safetensors"):
        map_version(tmp_path / "v")


def test_glance__names_a_version_from_its_papers_alone(files: dict[str, bytes], tmp_path: Path) -> None:
    name = write_files(tmp_path / "v", files)
    found, manifest, size = glance(tmp_path / "v")
    assert (found, manifest, size) == (name, load_version(files).manifest, sum(map(len, files.values())))
    (tmp_path / "v" / "manifest.json").write_text("{}")
    with pytest.raises(VersionDamagedError, match="cannot be read"):
        glance(tmp_path / "v")


def test_base_hash__is_of_the_weights_not_of_the_files(base: Base, tmp_path: Path) -> None:
    again = load_base(str(tiny.write_base(tmp_path / "same")))
    assert again.sha256 == base.sha256


def test_signing_key__is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = signing_key(None, tmp_path / "models")
    second = signing_key(None, tmp_path / "models")
    assert first.private_bytes_raw() == second.private_bytes_raw()
    assert stat.S_IMODE((tmp_path / "models" / "signing-key.pem").stat().st_mode) == 0o600


def test_signing_key__of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text("nothing of the kind")
    with pytest.raises(UsageError, match="PEM"):
        signing_key(path, tmp_path)
    key = rsa.generate_private_key(65537, 2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(*form))
    with pytest.raises(UsageError, match="Ed25519"):
        signing_key(path, tmp_path)
