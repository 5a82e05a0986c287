"""The web process's ASGI application."""

import os

from django.core.asgi import get_asgi_application

from oeuvre.config.bodies import BodyLimit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oeuvre.config.settings")
application = BodyLimit(get_asgi_application())
