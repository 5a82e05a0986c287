"""Who provides what the domains need: ``name → (class or factory, keyword arguments)``."""

from typing import Any

from oeuvre.config.settings.base import HOME

PORTS: dict[str, tuple[str, dict[str, Any]]] = {
    "deliveries": ("oeuvre.domains.portfolio.ports.NoDeliveries", {}),
    "keys": ("oeuvre.integrations.keys.FileKeyProvider", {"path": str(HOME / "keys" / "master.key")}),
    "storage": ("oeuvre.integrations.storage.DjangoBlobStore", {"alias": "sealed"}),
}
