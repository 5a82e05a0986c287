"""The platform's side of the studio: training as a child process, serving over HTTP, vectors for search, reading for assistants, sketches of works."""

from oeuvre.integrations.studio_client.consents import StudioConsents
from oeuvre.integrations.studio_client.embeddings import StudioEmbeddings
from oeuvre.integrations.studio_client.http import HttpStudio
from oeuvre.integrations.studio_client.keys import ensure_grant_key, ensure_signing_key
from oeuvre.integrations.studio_client.reading import StudioReader
from oeuvre.integrations.studio_client.sketches import StudioPictureSketches, StudioSketches
from oeuvre.integrations.studio_client.trainer import SubprocessTrainer
from oeuvre.integrations.studio_client.voice import StudioPronouncer, StudioVoiceChecker

__all__ = [
    "HttpStudio",
    "StudioConsents",
    "StudioEmbeddings",
    "StudioPictureSketches",
    "StudioPronouncer",
    "StudioReader",
    "StudioSketches",
    "StudioVoiceChecker",
    "SubprocessTrainer",
    "ensure_grant_key",
    "ensure_signing_key",
]
