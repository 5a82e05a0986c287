"""The site as ``oeuvre web`` serves it, with the studio's embedder in its process: ``python -m search_gigs.serving PORT``."""

from __future__ import annotations

import sys

from search_gigs.installation import KEPT, MODELS  # sets the environment that the settings are read from

from django.conf import settings  # isort: skip

from oeuvre.commands.web import web

if __name__ == "__main__":
    settings.PORTS["embeddings"] = ("search_gigs.vectors.Embedder", {"models": MODELS, "kept": KEPT})
    web(host="127.0.0.1", port=int(sys.argv[1]))
