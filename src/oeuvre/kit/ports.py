"""Ports: a domain says what it needs as a Protocol, settings say who provides it."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, cast

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

T = TypeVar("T")


@cache
def _provider(name: str) -> Any:
    try:
        path, options = settings.PORTS[name]
    except KeyError:
        raise LookupError(f"No provider for the port {name!r} in the setting PORTS.") from None
    return import_string(path)(**options)


def port(name: str, protocol: type[T]) -> T:
    """The installation's provider of the port ``name``, made once a process from ``settings.PORTS[name]``.

    ``settings.PORTS`` maps a name to ``(dotted path of a class or factory, keyword arguments)``.
    Raises LookupError for a port without a provider.
    """
    return cast("T", _provider(name))


def _forget(*, setting: str, **_: object) -> None:
    if setting == "PORTS":
        _provider.cache_clear()


setting_changed.connect(_forget)
