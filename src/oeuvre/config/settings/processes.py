"""The queue, and where the studio is."""

from oeuvre.config import env

PROCRASTINATE_IMPORT_PATHS = ["oeuvre.config.jobs"]
STUDIO_URL = env.get("OEUVRE_STUDIO_URL").rstrip("/")
