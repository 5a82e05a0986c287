"""Who provides what the domains need: ``name → (class or factory, keyword arguments)``."""

import shlex
from itertools import takewhile
from typing import Any

from oeuvre.config import env
from oeuvre.config.settings.base import HOME, SITE_NAME

# Training takes the program that serves: `studio serve` → `studio`.
_STUDIO = list(takewhile(lambda word: word not in {"serve", "none"}, shlex.split(env.get("OEUVRE_STUDIO_COMMAND"))))

PORTS: dict[str, tuple[str, dict[str, Any]]] = {
    "chat": (
        "oeuvre.integrations.studio_client.chat.chat_model",
        {
            "url": env.get("OEUVRE_ASSISTANT_URL"),
            "key": env.get("OEUVRE_ASSISTANT_KEY"),
            "model": env.get("OEUVRE_ASSISTANT_MODEL"),
        },
    ),
    "cards": ("oeuvre.integrations.sandbox_payments.desk.SandboxCardDesk", {}),
    "credentials": (
        "oeuvre.integrations.credentials.ContentCredentials",
        {
            "directory": str(HOME / "keys" / "credentials"),
            "platform": SITE_NAME,
            "certificate": env.get("OEUVRE_C2PA_CERT"),
            "key": env.get("OEUVRE_C2PA_KEY"),
        },
    ),
    "consents": ("oeuvre.integrations.studio_client.StudioConsents", {"home": str(HOME)}),
    "deliveries": ("oeuvre.domains.orders.consents.OrderDeliveries", {}),
    "embeddings": (
        "oeuvre.integrations.studio_client.StudioEmbeddings",
        {"url": env.get("OEUVRE_STUDIO_URL"), "grant_key_path": str(HOME / "keys" / "grant.pem")},
    ),
    "keys": ("oeuvre.integrations.keys.FileKeyProvider", {"path": str(HOME / "keys" / "master.key")}),
    "payments": ("oeuvre.integrations.sandbox_payments.provider.SandboxPayments", {}),
    "demo_speaker": (
        "oeuvre.interfaces.demo.recordings.StudioSpeaker",
        {"home": str(HOME), "command": _STUDIO, "models": env.get("OEUVRE_MODELS")},
    ),
    "documents": ("oeuvre.integrations.documents.HouseDocuments", {}),
    "pronouncer": ("oeuvre.integrations.studio_client.StudioPronouncer", {}),
    "reader": (
        "oeuvre.integrations.studio_client.StudioReader",
        {"url": env.get("OEUVRE_STUDIO_URL"), "grant_key_path": str(HOME / "keys" / "grant.pem")},
    ),
    "scanner": (
        ("oeuvre.integrations.clamav.ClamdScanner", {"address": env.get("OEUVRE_CLAMAV")})
        if env.get("OEUVRE_CLAMAV")
        else ("oeuvre.kit.files.scanner.NoScanner", {})
    ),
    "picture_sketches": (
        "oeuvre.integrations.studio_client.StudioPictureSketches",
        {
            "home": str(HOME),
            "url": env.get("OEUVRE_STUDIO_URL"),
            "grant_key_path": str(HOME / "keys" / "grant.pem"),
        },
    ),
    "sketches": ("oeuvre.integrations.studio_client.StudioSketches", {"home": str(HOME)}),
    "storage": ("oeuvre.integrations.storage.DjangoBlobStore", {"alias": "sealed"}),
    "studio": (
        "oeuvre.integrations.studio_client.HttpStudio",
        {"url": env.get("OEUVRE_STUDIO_URL"), "grant_key_path": str(HOME / "keys" / "grant.pem")},
    ),
    "trust": ("oeuvre.domains.reviews.trust.LevelTrust", {}),
    "trainer": (
        "oeuvre.integrations.studio_client.SubprocessTrainer",
        {"home": str(HOME), "command": _STUDIO, "models": env.get("OEUVRE_MODELS")},
    ),
    "voice_checker": (
        "oeuvre.integrations.studio_client.StudioVoiceChecker",
        {"url": env.get("OEUVRE_STUDIO_URL"), "grant_key_path": str(HOME / "keys" / "grant.pem")},
    ),
}
