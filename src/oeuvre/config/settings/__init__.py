"""Django settings, one file a concern. What an operator may change is declared in ``oeuvre.config.env``."""

from oeuvre.config.settings.accounts import *  # noqa: F403  (Django reads settings from one module)
from oeuvre.config.settings.base import *  # noqa: F403
from oeuvre.config.settings.database import *  # noqa: F403
from oeuvre.config.settings.logs import *  # noqa: F403
from oeuvre.config.settings.marketplace import *  # noqa: F403
from oeuvre.config.settings.messages import *  # noqa: F403
from oeuvre.config.settings.orders import *  # noqa: F403
from oeuvre.config.settings.ports import *  # noqa: F403
from oeuvre.config.settings.processes import *  # noqa: F403
from oeuvre.config.settings.reviews import *  # noqa: F403
from oeuvre.config.settings.security import *  # noqa: F403
from oeuvre.config.settings.storage import *  # noqa: F403
