"""What holds for every command."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from oeuvre import cli


def test_main__makes_files_that_only_this_account_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "mail" / "reset-your-password"

    def command() -> None:
        made.parent.mkdir()
        made.write_text("https://…")

    monkeypatch.setattr(cli, "app", command)
    before = os.umask(0o022)
    try:
        cli.main()
    finally:
        os.umask(before)
    assert (made.stat().st_mode | made.parent.stat().st_mode) & 0o077 == 0
