"""Loaded by pytest before pytest-django reads the settings: finds or starts the database."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("OEUVRE_HOME", str(ROOT / ".oeuvre" / "test"))
os.environ.setdefault("OEUVRE_MODELS", str(ROOT / ".oeuvre" / "models"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oeuvre.config.settings")

from oeuvre.config import bootstrap  # noqa: E402  (reads the environment set above)

bootstrap.ensure_database_url()
