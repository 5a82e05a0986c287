"""Fixtures of the tests that search."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.fake_embeddings import FAKE_EMBEDDINGS, FakeEmbeddings, fake_embeddings


@pytest.fixture
def embeddings(db: None, settings: Any) -> FakeEmbeddings:
    settings.PORTS = {**settings.PORTS, **FAKE_EMBEDDINGS}
    return fake_embeddings()
