"""These tests take minutes and an environment of their own: they are collected when they are asked for by their folder."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    asked = (Path(str(argument).partition("::")[0]).resolve() for argument in config.invocation_params.args)
    return None if any(path == HERE or HERE in path.parents for path in asked) else True
