"""How much a message may carry (sizes are bytes), and how often assistants answer."""

from oeuvre.config import env

_MB = 1024 * 1024
ATTACHMENT_FILES = env.number("OEUVRE_ATTACHMENTS")
ATTACHMENT_BYTES = env.number("OEUVRE_ATTACHMENT_MB") * _MB
ATTACHMENTS_BYTES = env.number("OEUVRE_ATTACHMENTS_MB") * _MB
ATTACHMENTS_DAY_BYTES = env.number("OEUVRE_ATTACHMENTS_DAY_MB") * _MB

ASSISTANT_PER_HOUR = env.number("OEUVRE_ASSISTANT_PER_HOUR", least=1)
