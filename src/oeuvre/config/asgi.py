"""The web process's ASGI application."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from oeuvre.config.bodies import MEGABYTE, MOST, BodyLimit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oeuvre.config.settings")
_app = get_asgi_application()
# A message with all the files that it may carry, and its words, always gets as far as the page that says what is wrong.
application = BodyLimit(_app, most=max(MOST, settings.ATTACHMENTS_BYTES + 8 * MEGABYTE))
