"""Ports are wired by a setting."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any

import pytest

from oeuvre.kit.ports import port


def test_port__is_made_once_with_the_settings_arguments(settings: Any) -> None:
    settings.PORTS = {"test": ("collections.Counter", {"a": 2})}
    provider = port("test", Sized)
    assert provider == {"a": 2}
    assert port("test", Sized) is provider


def test_port__follows_a_changed_setting(settings: Any) -> None:
    settings.PORTS = {"test": ("collections.Counter", {"a": 2})}
    assert len(port("test", Sized)) == 1
    settings.PORTS = {"test": ("collections.OrderedDict", {})}
    assert len(port("test", Sized)) == 0


def test_port__names_the_port_that_nobody_provides(settings: Any) -> None:
    settings.PORTS = {}
    with pytest.raises(LookupError, match="'payments'"):
        port("payments", Sized)


def test_ports__of_the_installation_can_all_be_imported() -> None:
    from django.conf import settings
    from django.utils.module_loading import import_string

    for path, _ in settings.PORTS.values():
        assert callable(import_string(path)), path
