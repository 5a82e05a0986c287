"""Reading a body of pictures: every file gets a verdict, none ends the run, and all end in one form."""

import base64
import io
import json
import struct
import zlib
from pathlib import Path

import cbor2
import numpy as np
import pytest
from PIL import Image, ImageCms, ImageFilter, ImageOps
from PIL.PngImagePlugin import PngInfo

from oeuvre_studio.errors import UsageError
from oeuvre_studio.image import decoding
from oeuvre_studio.image.works import BodyOfPictures, ImageWork, read_folder, read_lines
from tests.studio.image.pictures import DRAWING, as_file, made, svg


def read(*files: bytes, rights: str = "own") -> BodyOfPictures:
    lines = [
        json.dumps({"file": f"{number}", "content": base64.b64encode(data).decode(), "rights": rights})
        for number, data in enumerate(files)
    ]
    return read_lines(lines)


def only(data: bytes, rights: str = "own") -> ImageWork:
    body = read(data, rights=rights)
    assert body.refused == ()
    (work,) = body.works
    return work


def refused(data: bytes, rights: str = "own") -> tuple[str, str]:
    body = read(data, rights=rights)
    assert body.works == ()
    (refusal,) = body.refused
    assert refusal.reason.endswith(".")
    return refusal.code, refusal.reason


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean over all channels, in steps of 255."""
    return float(np.abs(np.asarray(one.convert("RGBA"), float) - np.asarray(other.convert("RGBA"), float)).mean())


def test_read_folder__names_every_unusable_work_and_keeps_the_rest(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(as_file(made(1)))
    (tmp_path / "b.jpg").write_bytes(as_file(made(2), "JPEG"))
    (tmp_path / "c.webp").write_bytes(as_file(made(3), "WEBP"))
    (tmp_path / "d.tif").write_bytes(as_file(made(4), "TIFF"))
    (tmp_path / "e.svg").write_text(DRAWING)
    (tmp_path / "copy.tiff").write_bytes(as_file(made(1), "TIFF"))
    (tmp_path / "small.png").write_bytes(as_file(made(5, (200, 127))))
    (tmp_path / "blank.png").write_bytes(as_file(Image.new("RGB", (200, 200), "pink")))
    (tmp_path / "cut.png").write_bytes(as_file(made(6))[:-200])
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.png").write_bytes(b"no picture at all")
    (tmp_path / "notes.txt").write_text("about these works")
    (tmp_path / "works.json").write_text(json.dumps([{"file": "gone.png"}, {"file": "a.png"}]))
    body = read_folder(tmp_path)
    assert [work.file for work in body.works] == ["a.png", "b.jpg", "c.webp", "d.tif", "e.svg"]
    assert {refusal.file: refusal.code for refusal in body.refused} == {
        "gone.png": "missing",
        "copy.tiff": "duplicate",
        "small.png": "too_small",
        "blank.png": "blank",
        "cut.png": "unreadable",
        "empty.png": "empty",
        "text.png": "not_picture",
        "notes.txt": "not_picture",
    }
    assert all((work.picture.mode, work.picture.info) == ("RGBA", {}) for work in body.works)
    assert [work.source is not None for work in body.works] == [False] * 4 + [True]


def test_read_folder__takes_titles_keywords_and_author_from_works_json(tmp_path: Path) -> None:
    (tmp_path / "red-cap.png").write_bytes(as_file(made(1)))
    (tmp_path / "b.png").write_bytes(as_file(made(2)))
    entry = {"file": "b.png", "title": "Ball", "kind": "icon", "keywords": ["sport"], "rights": "licensed"}
    (tmp_path / "works.json").write_text(json.dumps({"author": "G. G.", "works": [entry]}))
    body = read_folder(tmp_path)
    ball, cap = body.works
    assert body.author == "G. G."
    assert (ball.title, ball.kind, ball.keywords, ball.rights) == ("Ball", "icon", ("sport",), "licensed")
    assert (cap.title, cap.kind, cap.keywords, cap.rights) == ("red cap", "picture", (), "own")


@pytest.mark.parametrize("content", ["{", '{"works": [{}]}', '"text"', "[1]"])
def test_read_folder__says_what_is_wrong_with_works_json(tmp_path: Path, content: str) -> None:
    (tmp_path / "works.json").write_text(content)
    with pytest.raises(UsageError, match=r"works\.json"):
        read_folder(tmp_path)
    with pytest.raises(UsageError, match="not a folder"):
        read_folder(tmp_path / "nowhere")


def test_read_lines__goes_on_after_a_line_that_is_no_work() -> None:
    good = {"file": "a.png", "title": "A", "sha256": "ab", "content": base64.b64encode(as_file(made(1))).decode()}
    lines = [json.dumps(good), "not json", '{"title": "x"}', "", '{"file": "b", "content": "%"}', '{"file": "c"}']
    body = read_lines(lines)
    assert [(work.file, work.title, work.kind, work.sha256) for work in body.works] == [("a.png", "A", "picture", "ab")]
    assert [(refusal.file, refusal.code) for refusal in body.refused] == [
        ("line 2", "invalid"),
        ("line 3", "invalid"),
        ("b", "invalid"),
        ("c", "empty"),
    ]


def test_pictures__that_hold_colours_in_other_ways_look_the_same() -> None:
    plain = made(7)
    for mode, kind in (("P", "PNG"), ("RGBA", "PNG"), ("CMYK", "TIFF")):
        other = plain.quantize(64).convert("P") if mode == "P" else plain.convert(mode)
        assert difference(only(as_file(other, kind)).picture, plain) < 4
    grey = only(as_file(plain.convert("L"))).picture
    assert difference(grey, plain.convert("L")) == 0


def test_pictures__of_sixteen_bits_keep_their_brightness() -> None:
    grey = made(8).convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    for kind in ("PNG", "TIFF"):
        assert difference(only(as_file(deep, kind)).picture, grey) == 0


def test_pictures__of_one_bit_are_black_and_white() -> None:
    assert difference(only(as_file(made(9).convert("1"))).picture, made(9).convert("1")) == 0


@pytest.mark.parametrize("turn", range(2, 9))
def test_pictures__are_turned_the_right_way_up(turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    work = only(as_file(made(10, (200, 140)), "PNG", exif=exif))
    assert work.picture.size == ((140, 200) if turn > 4 else (200, 140))
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(as_file(made(10, (200, 140)), "PNG", exif=exif))))
    assert difference(work.picture, expected) == 0


def test_pictures__keep_their_transparency_and_no_hidden_colour() -> None:
    picture = made(11, (200, 200)).convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize((200, 200)))
    assert difference(only(as_file(picture)).picture, picture) == 0
    keyed = Image.new("P", (200, 200), 0)
    keyed.putpalette([255, 0, 0, 0, 0, 255])
    keyed.paste(1, (0, 0, 100, 200))
    work = only(as_file(keyed, transparency=0))
    assert work.picture.getpixel((150, 100))[3] == 0  # type: ignore[index]  # RGBA
    assert work.picture.getpixel((50, 100)) == (0, 0, 255, 255)


def test_pictures__are_brought_from_their_colour_profile_to_srgb() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    odd = as_file(made(12), icc_profile=lab.tobytes())
    assert difference(only(odd).picture, made(12)) == 0, "a profile that does not fit is passed over"
    assert difference(only(as_file(made(12), icc_profile=b"junk")).picture, made(12)) == 0
    wide = swapped_primaries()
    half = Image.new("RGB", (200, 200), (250, 10, 10))
    half.paste((10, 10, 250), (0, 0, 100, 200))
    right = only(as_file(half, icc_profile=wide)).picture.getpixel((150, 100))
    assert isinstance(right, tuple)
    assert right[2] > 200 > 60 > right[0], "what the profile calls red is blue"


def swapped_primaries() -> bytes:
    """sRGB's profile with red and blue the other way round."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", profile[128:132])[0]
    for number in range(count):
        place = 132 + 12 * number
        name = bytes(profile[place : place + 4])
        if name in (b"rXYZ", b"bXYZ"):
            profile[place : place + 4] = b"bXYZ" if name == b"rXYZ" else b"rXYZ"
    return bytes(profile)


def test_large_pictures__are_kept_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "EDGE", 150)
    work = only(as_file(made(13, (300, 400))))
    assert (work.picture.size, work.size) == ((112, 150), (300, 400))
    assert work.pixels == 112 * 150


def test_decompression_bombs__are_refused_by_their_head() -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    assert refused(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", b"") + chunk(b"IEND", b""))[0] == "too_large"
    nearly = chunk(b"IHDR", struct.pack(">IIBBBBB", 9_000, 9_000, 8, 2, 0, 0, 0))
    assert refused(b"\x89PNG\r\n\x1a\n" + nearly + chunk(b"IDAT", b"") + chunk(b"IEND", b""))[0] == "too_large"


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_animations_and_pages__are_refused(kind: str) -> None:
    frames = as_file(made(1), kind, save_all=True, append_images=[made(2)])
    assert refused(frames)[0] == "several_pictures"


def test_photographs__may_carry_what_their_camera_adds() -> None:
    assert only(as_file(made(1), "MPO", save_all=True, append_images=[made(2)])).size == (160, 140)


def test_tiff__may_carry_a_smaller_copy_of_itself() -> None:
    target = io.BytesIO()
    small = made(1, (80, 70))
    small.encoderinfo = {"tiffinfo": {254: 1}}  # type: ignore[attr-defined]  # what Pillow reads for each page
    made(1).save(target, "TIFF", save_all=True, append_images=[small])
    body = read(target.getvalue())
    assert [work.size for work in body.works] == [(160, 140)], body.refused


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_truncated_pictures__are_refused(kind: str) -> None:
    data = as_file(made(3), kind)
    assert refused(data[: len(data) * 2 // 3])[0] in ("unreadable", "not_picture")


def test_gif__is_no_work() -> None:
    assert refused(as_file(made(3), "GIF"))[0] == "not_picture"


def test_nearly_blank__is_refused_and_a_thin_drawing_is_not() -> None:
    empty = Image.new("RGBA", (300, 300), (10, 200, 30, 0))
    assert refused(as_file(empty))[0] == "blank"
    noise = np.random.default_rng(1).integers(250, 256, (300, 300, 3)).astype(np.uint8)
    assert refused(as_file(Image.fromarray(noise)))[0] == "blank"
    line = Image.new("RGB", (300, 300), "white")
    line.paste("black", (20, 100, 280, 103))
    assert only(as_file(line)).size == (300, 300)
    white_on_nothing = Image.new("RGBA", (300, 300), (255, 255, 255, 0))
    white_on_nothing.paste((255, 255, 255, 255), (100, 100, 200, 200))
    assert only(as_file(white_on_nothing)).size == (300, 300)


def test_duplicates__are_found_in_another_format_or_quality() -> None:
    same = made(14, (400, 300)).filter(ImageFilter.GaussianBlur(1))
    body = read(as_file(same), as_file(same, "JPEG", quality=60), as_file(same.resize((200, 150))), as_file(made(15)))
    assert [work.file for work in body.works] == ["0", "3"]
    assert [(refusal.code, refusal.reason) for refusal in body.refused] == [("duplicate", "The same picture as 0.")] * 2


def test_duplicates__are_no_pictures_that_differ_in_a_detail() -> None:
    one = Image.new("RGB", (256, 256), "white")
    one.paste("black", (40, 40, 200, 60))
    other = one.copy()
    other.paste("black", (100, 150, 116, 166))
    assert len(read(as_file(one), as_file(other)).works) == 2


XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/" '
    'xmlns:tdm="http://www.w3.org/ns/tdmrep/">{}</rdf:Description></rdf:RDF></x:xmpmeta>'
)
PROHIBITED = XMP.format(
    "<plus:DataMining>http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-GENAIMLTRAINING</plus:DataMining>"
)
ALLOWED = XMP.format("<plus:DataMining>http://ns.useplus.org/ldf/vocab/DMI-ALLOWED</plus:DataMining>")


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "TIFF", "PNG"])
def test_reserved__by_the_data_mining_property(kind: str) -> None:
    def with_xmp(xmp: str) -> bytes:
        if kind == "PNG":
            return as_file(made(1), "PNG", pnginfo=png_text("XML:com.adobe.xmp", xmp))
        return as_file(
            made(1), kind, **({"tiffinfo": {700: xmp.encode()}} if kind == "TIFF" else {"xmp": xmp.encode()})
        )

    code, reason = refused(with_xmp(PROHIBITED))
    assert code == "reserved"
    assert "DMI-PROHIBITED-GENAIMLTRAINING" in reason
    assert only(with_xmp(PROHIBITED), rights="own_reserved").rights == "own_reserved"
    assert refused(with_xmp(PROHIBITED), rights="licensed")[0] == "reserved"
    only(with_xmp(ALLOWED))


def png_text(key: str, value: str) -> PngInfo:
    info = PngInfo()
    info.add_itxt(key, value)
    return info


@pytest.mark.parametrize(
    ("options", "is_reserved"),
    [
        ({"comment": b"noimageai"}, True),
        ({"xmp": XMP.format("<tdm:reservation>1</tdm:reservation>").encode()}, True),
        ({"xmp": XMP.format("<tdm:reservation>0</tdm:reservation>").encode()}, False),
        ({"comment": b"Made at the Sinoai workshop"}, False),
    ],
)
def test_reserved__by_notes_in_a_jpeg(options: dict[str, bytes], *, is_reserved: bool) -> None:
    body = read(as_file(made(1), "JPEG", **options))
    assert [refusal.code for refusal in body.refused] == (["reserved"] if is_reserved else [])


def test_reserved__by_a_keyword_in_exif_written_in_sixteen_bits() -> None:
    exif = Image.Exif()
    exif[0x9C9E] = "cap; NoAI".encode("utf-16-le")
    assert refused(as_file(made(1), "JPEG", exif=exif))[0] == "reserved"


def test_reserved__by_content_credentials() -> None:
    def assertion(use: str) -> bytes:
        entries = {"c2pa.ai_generative_training": {"use": use}, "c2pa.ai_inference": {"use": "notAllowed"}}
        return b"....jumb c2pa.training-mining\0" + cbor2.dumps({"entries": entries})

    picture = as_file(made(1), "JPEG")

    def with_segment(data: bytes) -> bytes:
        return picture[:2] + b"\xff\xeb" + struct.pack(">H", len(data) + 2) + data + picture[2:]

    assert refused(with_segment(assertion("notAllowed"))) == (
        "reserved",
        "It says that it is not to be trained on: its content credentials do not allow training. "
        "If the note is your own, say so in the work's rights.",
    )
    assert refused(with_segment(assertion("constrained")))[0] == "reserved"
    only(with_segment(assertion("allowed")))


def test_drawings__keep_their_source_and_are_reserved_by_their_metadata_only() -> None:
    shapes = '<rect width="100" height="100" fill="red"/>'
    work = only(f'<?xml version="1.0" encoding="UTF-16"?>{DRAWING}'.encode("utf-16"))
    assert work.source is not None
    assert "<circle" in work.source
    assert max(work.picture.size) == 1024
    assert refused(svg(f"{shapes}<metadata>noai</metadata>").encode())[0] == "reserved"
    assert refused(svg(f"{shapes}<!-- {PROHIBITED.replace('--', '')} -->").encode())[0] == "reserved"
    only(svg(f'{shapes}<text x="9" y="50">noai</text>').encode())


def test_drawings__are_refused_with_their_own_reasons() -> None:
    assert refused(svg("<script/>").encode())[0] == "active"
    assert refused(svg("<g/>").encode())[0] == "blank"
    assert refused(svg('<rect width="900" height="9"/>', 'viewBox="0 0 900 90"').encode())[0] == "too_small"
    assert refused(b"<?xml version='1.0'?><html/>")[0] == "not_picture"
