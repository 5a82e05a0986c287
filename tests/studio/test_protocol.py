"""What studio and platform say to each other: names, papers, archives, grants."""

import io
import tarfile
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oeuvre_studio.artifacts import read_files
from oeuvre_studio.errors import GrantRefusedError, VersionDamagedError
from oeuvre_studio.protocol import (
    SIGNATURE_FILE,
    SIGNED_FILES,
    ProgressEvent,
    TrainResult,
    WorkLine,
    content_hash,
    dump,
    is_version_name,
    mint_grant,
    model_slug,
    pack,
    parse,
    read_grant,
    unpack,
    verify_files,
    version_name,
)

KEY = Ed25519PrivateKey.generate()


@pytest.fixture(scope="module")
def files(trained: TrainResult) -> dict[str, bytes]:
    return read_files(Path(trained.dir))


def test_parse__reads_what_dump_wrote(trained: TrainResult) -> None:
    assert parse(TrainResult, dump(trained)) == trained
    event = ProgressEvent(phase="training", step=1, steps=2, loss=3.5)
    assert parse(ProgressEvent, dump(event)) == event


def test_parse__names_the_field_that_is_wrong() -> None:
    with pytest.raises(ValueError, match="file"):
        parse(WorkLine, {"text": "A page."})


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Herman Melville", "herman-melville"), ("--", "model"), ("Ünï & co", "n-co"), ("x" * 90, "x" * 64)],
)
def test_model_slug__always_makes_a_version_name(name: str, slug: str) -> None:
    assert model_slug(name) == slug
    assert is_version_name(version_name(name, "0123456789abcdef" * 4))


@pytest.mark.parametrize("name", ["melville", "melville@123", "../x@0123456789ab", "Melville@0123456789ab", "a@b@c"])
def test_version_name__is_told_from_other_strings(name: str) -> None:
    assert not is_version_name(name)


def test_verify__names_a_version_by_its_content(files: dict[str, bytes], trained: TrainResult) -> None:
    assert verify_files(files)[0] == trained.version
    assert trained.version.endswith("@" + content_hash(files)[:12])


@pytest.mark.parametrize("name", [*SIGNED_FILES, SIGNATURE_FILE])
def test_verify__notices_a_changed_byte_in_any_file(files: dict[str, bytes], name: str) -> None:
    middle = len(files[name]) // 2
    changed = files[name][:middle] + bytes([files[name][middle] ^ 1]) + files[name][middle + 1 :]
    with pytest.raises(VersionDamagedError):
        verify_files({**files, name: changed})


@pytest.mark.parametrize("name", [*SIGNED_FILES, SIGNATURE_FILE])
def test_verify__notices_a_missing_file(files: dict[str, bytes], name: str) -> None:
    with pytest.raises(VersionDamagedError):
        verify_files({key: value for key, value in files.items() if key != name})


def test_verify__refuses_a_file_that_does_not_belong(files: dict[str, bytes]) -> None:
    with pytest.raises(VersionDamagedError, match="unexpected"):
        verify_files({**files, "weights.pkl": b""})


def test_pack__same_version_same_bytes_and_back(files: dict[str, bytes]) -> None:
    archive = pack(files)
    assert archive == pack(dict(reversed(files.items())))
    assert unpack(archive) == files


def member(name: str, **facts: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for fact, value in facts.items():
        setattr(info, fact, value)
    return info


@pytest.mark.parametrize(
    "extra",
    [
        member("../manifest.json"),
        member("/manifest.json"),
        member("sub/manifest.json"),
        member("other.bin"),
        member("manifest.json"),
        member("card.json", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        member("card.json", type=tarfile.LNKTYPE, linkname="manifest.json"),
        member("card.json", type=tarfile.DIRTYPE),
    ],
    ids=["parent", "absolute", "folder", "unknown", "repeated", "symlink", "hard link", "directory"],
)
def test_unpack__refuses_what_a_version_never_holds(files: dict[str, bytes], extra: tarfile.TarInfo) -> None:
    buffer = io.BytesIO(pack(files))
    with tarfile.open(fileobj=buffer, mode="a") as archive:
        archive.addfile(extra, io.BytesIO(b""))
    with pytest.raises(VersionDamagedError):
        unpack(buffer.getvalue())


def test_unpack__refuses_a_bomb_before_reading_it() -> None:
    info = member("adapter.safetensors", size=10**12)
    with pytest.raises(VersionDamagedError, match="too large"):
        unpack(info.tobuf(format=tarfile.USTAR_FORMAT if info.size < 8**11 else tarfile.GNU_FORMAT) + bytes(1024))


@pytest.mark.parametrize("junk", [b"", b"not a tar", b"\x1f\x8b\x08" + bytes(600)])
def test_unpack__refuses_what_is_no_archive(junk: bytes) -> None:
    with pytest.raises(VersionDamagedError):
        unpack(junk)


def test_grant__says_what_was_granted() -> None:
    token = mint_grant(key=KEY, subject="m@0123456789ab", scope="generate", max_tokens=9, now=1000.0)
    grant = read_grant(token, key=KEY.public_key(), now=1001.0)
    assert (grant.sub, grant.scope, grant.max_tokens, grant.exp - grant.iat) == ("m@0123456789ab", "generate", 9, 5.0)


def test_grant__every_one_has_its_own_id() -> None:
    tokens = [mint_grant(key=KEY, subject="*", scope="embed") for _ in range(2)]
    first, second = (read_grant(token, key=KEY.public_key()) for token in tokens)
    assert first.jti != second.jti


@pytest.mark.parametrize(
    ("lifetime", "later", "reason"),
    [(6.0, 1.0, "longer than 5"), (5.0, 5.0, "expired"), (3.0, 4.0, "expired"), (5.0, -3.0, "future")],
)
def test_grant__is_refused_outside_its_time(lifetime: float, later: float, reason: str) -> None:
    token = mint_grant(key=KEY, subject="*", scope="embed", lifetime=lifetime, now=1000.0)
    with pytest.raises(GrantRefusedError, match=reason):
        read_grant(token, key=KEY.public_key(), now=1000.0 + later)


def test_grant__of_another_key_or_algorithm_is_refused() -> None:
    token = mint_grant(key=KEY, subject="*", scope="embed")
    claims = jwt.decode(token, options={"verify_signature": False})
    other = Ed25519PrivateKey.generate().public_key()
    for forged, key in [(token, other), (jwt.encode(claims, "x" * 32, algorithm="HS256"), KEY.public_key())]:
        with pytest.raises(GrantRefusedError):
            read_grant(forged, key=key)
    unsigned = jwt.encode(claims, "", algorithm="none")
    with pytest.raises(GrantRefusedError):
        read_grant(unsigned, key=KEY.public_key())


@pytest.mark.parametrize("change", [{"scope": "everything"}, {"iss": "other"}, {"exp": "soon"}])
def test_grant__with_odd_claims_is_refused(change: dict[str, object]) -> None:
    claims = jwt.decode(mint_grant(key=KEY, subject="*", scope="embed"), options={"verify_signature": False})
    token = jwt.encode({**claims, **change}, KEY, algorithm="EdDSA")
    with pytest.raises(GrantRefusedError):
        read_grant(token, key=KEY.public_key())
