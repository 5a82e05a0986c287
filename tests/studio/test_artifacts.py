"""Versions on disk: what is refused, and what comes back."""

import stat
from pathlib import Path

import pytest
import safetensors.torch
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from oeuvre_studio.artifacts import load_version, read_files, signing_key, write_files
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
