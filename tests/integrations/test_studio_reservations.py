"""A picture's note against training means the same on the platform and in the studio, and so do the rights that answer it."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from PIL.PngImagePlugin import PngInfo

from oeuvre.domains.portfolio.modalities.image import Pictures
from oeuvre.domains.portfolio.states import Rights
from oeuvre_studio.image.reservations import OWN
from oeuvre_studio.image.works import read_lines
from oeuvre_studio.protocol import WorkLine, dump
from tests.domains.portfolio_pictures import drawing, painting, saved


def noted(key: str, text: str) -> bytes:
    info = PngInfo()
    info.add_itxt(key, text)
    return saved(painting(1), pnginfo=info)


RESERVED = {
    "prohibited.png": noted("XML:com.adobe.xmp", "<plus:DataMining>DMI-PROHIBITED</plus:DataMining>"),
    "noai.png": noted("Keywords", "kite, noai"),
    "tdm.png": noted("XML:com.adobe.xmp", '<rdf:Description tdm:reservation="1"/>'),
    "noimageai.svg": drawing(1, inside="<metadata>noimageai</metadata>"),
}


def studio_reads(name: str, data: bytes, rights: str) -> list[str]:
    """The codes that the studio refuses the picture with, handed over as a training run does."""
    line = WorkLine(
        file=name, rights=rights, sha256=hashlib.sha256(data).hexdigest(), content=base64.b64encode(data).decode()
    )
    body = read_lines([json.dumps(dump(line))])
    assert len(body.works) + len(body.refused) == 1
    return [refused.code for refused in body.refused]


@pytest.mark.parametrize("name", RESERVED)
def test_reserved__is_read_once_the_platform_says_that_the_note_is_ones_own(name: str) -> None:
    data = RESERVED[name]
    media_type = "image/svg+xml" if name.endswith("svg") else "image/png"
    assert Pictures().read(data, media_type).facts["reserved"]
    for rights in set(Rights.values) - {Rights.OWN_RESERVED}:
        assert studio_reads(name, data, rights) == ["reserved"]
    assert studio_reads(name, data, Rights.OWN_RESERVED) == []
    assert Rights.OWN_RESERVED == OWN
