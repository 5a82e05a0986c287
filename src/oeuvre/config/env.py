"""Every setting that an operator can give through the environment, declared once.

The table is the documentation's source: `docs/handbook/settings.md` must name each one, and a test compares.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from oeuvre.kit.errors import SetupError


@dataclass(frozen=True)
class EnvSetting:
    """One environment variable: its name, default as text, and what it is for."""

    name: str
    default: str
    help: str


SETTINGS: dict[str, EnvSetting] = {
    setting.name: setting
    for setting in (
        EnvSetting(
            "OEUVRE_HOME",
            ".oeuvre",
            "Folder of everything this installation keeps: keys, embedded database, files.",
        ),
        EnvSetting("DATABASE_URL", "", "PostgreSQL ≥ 15 with pgvector; empty starts the embedded server."),
        EnvSetting("OEUVRE_HOST", "127.0.0.1", "Address that the web process listens on."),
        EnvSetting("OEUVRE_PORT", "8000", "Port that the web process listens on."),
        EnvSetting(
            "OEUVRE_WEB_PROCESSES",
            "2",
            "Web processes that `oeuvre run` starts, all on one port: one a core, up to four, is right for most.",
        ),
        EnvSetting(
            "OEUVRE_URL",
            "",
            "Public address of the site, used in mails and certificates; empty means host and port.",
        ),
        EnvSetting(
            "OEUVRE_STUDIO_URL",
            "http://127.0.0.1:8001",
            "Address of the studio, or of any OpenAI-compatible text server.",
        ),
        EnvSetting(
            "OEUVRE_STUDIO_COMMAND",
            "studio serve",
            "What starts the studio on this machine; `none` starts none.",
        ),
        EnvSetting("OEUVRE_MODELS", "", "Folder of base models; empty means `models` in OEUVRE_HOME."),
        EnvSetting("OEUVRE_DEBUG", "no", "Show tracebacks in the browser: only for development."),
        EnvSetting("OEUVRE_SITE_NAME", "Oeuvre", "Name of this marketplace as people see it."),
        EnvSetting("OEUVRE_CURRENCY", "USD", "Currency of prices and the ledger (ISO 4217)."),
        EnvSetting(
            "OEUVRE_COMMISSION_BP",
            "1000",
            "The platform's commission on sales, in basis points (1000 = 10 %).",
        ),
        EnvSetting("OEUVRE_BUYER_FEE_BP", "500", "The buyer's fee on purchases, in basis points (500 = 5 %)."),
        EnvSetting("OEUVRE_TAX_BP", "0", "Tax added to purchases, in basis points; 0 where none is due."),
        EnvSetting(
            "OEUVRE_CATALOGUE",
            "",
            "Folder of the catalogue's files, instead of those that come with the platform.",
        ),
        EnvSetting(
            "OEUVRE_GIG_REVIEW",
            "first",
            "Which gigs wait for an operator: `first` (a freelancer's first and changes of category; all else goes live unread), "
            "`every` or `none`.",
        ),
        EnvSetting("OEUVRE_GIG_MIN_PRICE", "500", "Least price of a gig's package, in minor units (500 = $5.00)."),
        EnvSetting(
            "OEUVRE_ORDER_REVIEW_DAYS",
            "3",
            "Days that a buyer may look at a delivery; after them it is accepted by itself.",
        ),
        EnvSetting(
            "OEUVRE_ORDER_REVISION_DAYS",
            "2",
            "Days that a freelancer has for a revision at least, however late it is asked for.",
        ),
        EnvSetting(
            "OEUVRE_ORDER_LATE_DAYS",
            "2",
            "Days after the due date from which a buyer may cancel an order without the freelancer's agreement.",
        ),
        EnvSetting(
            "OEUVRE_ORDER_WARN_HOURS", "24", "Hours before the due date at which a freelancer is warned by mail."
        ),
        EnvSetting("OEUVRE_ORDER_PAY_HOURS", "48", "Hours after which an order that nobody paid lapses."),
        EnvSetting(
            "OEUVRE_ORDER_CLEARING_DAYS",
            "14",
            "Days between the release of a freelancer's earnings and the day on which they can be paid out.",
        ),
        EnvSetting(
            "OEUVRE_ORDER_CLEARING_DAYS_TRUSTED",
            "7",
            "The same for freelancers whom the site trusts: those whose level says so.",
        ),
        EnvSetting(
            "OEUVRE_REVIEW_DAYS",
            "14",
            "Days in which the two of an ended order can review each other; reviews are visible when both are in, or then.",
        ),
        EnvSetting(
            "OEUVRE_LEVELS", "", "File of the levels of freelancers, instead of the one that comes with the platform."
        ),
        EnvSetting(
            "OEUVRE_DISPUTE_ANSWER_DAYS",
            "5",
            "Business days to answer a dispute, to agree after the answer, and for an operator to decide.",
        ),
        EnvSetting(
            "OEUVRE_DISPUTE_REASONS",
            "",
            "File of the reasons for disputes and what silence leads to, instead of the one that comes with the platform.",
        ),
        EnvSetting(
            "OEUVRE_COMPUTE_MILLICENTS",
            "2",
            "Cost of computing one generated token, in thousandths of a cent.",
        ),
        EnvSetting(
            "OEUVRE_PICTURE_MILLICENTS",
            "500",
            "Cost of computing one megapixel of a generated picture, in thousandths of a cent.",
        ),
        EnvSetting(
            "OEUVRE_SPEECH_MILLICENTS",
            "20",
            "Cost of computing one second of generated speech, in thousandths of a cent.",
        ),
        EnvSetting(
            "OEUVRE_EMAIL_URL",
            "",
            "smtp://user:password@host:port of the mail server; empty writes mails to OEUVRE_HOME/mail.",
        ),
        EnvSetting("OEUVRE_EMAIL_FROM", "Oeuvre <no-reply@localhost>", "Sender of the site's mails."),
        EnvSetting(
            "OEUVRE_C2PA_CERT",
            "",
            "PEM chain for content credentials; empty makes a local one at the first start.",
        ),
        EnvSetting("OEUVRE_C2PA_KEY", "", "PEM private key that belongs to OEUVRE_C2PA_CERT."),
        EnvSetting(
            "OEUVRE_SANDBOX",
            "yes",
            "Whether the built-in sandbox payment provider is offered. Switch it off before taking real money.",
        ),
        EnvSetting(
            "OEUVRE_S3_BUCKET",
            "",
            "S3-compatible bucket for encrypted files; empty keeps them in OEUVRE_HOME/files.",
        ),
        EnvSetting(
            "OEUVRE_ATTACHMENTS",
            "10",
            "Files that one message may carry; 0 takes none.",
        ),
        EnvSetting("OEUVRE_ATTACHMENT_MB", "20", "Largest file of a message, in megabytes."),
        EnvSetting("OEUVRE_ATTACHMENTS_MB", "50", "All files of one message together, in megabytes."),
        EnvSetting("OEUVRE_ATTACHMENTS_DAY_MB", "500", "What one person may attach in 24 hours, in megabytes."),
        EnvSetting(
            "OEUVRE_CLAMAV",
            "",
            "A clamd that scans files: `host:port` or the path of its socket; empty scans with none.",
        ),
        EnvSetting(
            "OEUVRE_ASSISTANT_URL",
            "",
            "OpenAI-compatible address of a chat model that words assistants' replies (`https://host/v1`); empty uses approved "
            "wording and templates only.",
        ),
        EnvSetting("OEUVRE_ASSISTANT_KEY", "", "Key for that address."),
        EnvSetting("OEUVRE_ASSISTANT_MODEL", "", "Name of the chat model there."),
        EnvSetting(
            "OEUVRE_ASSISTANT_PER_HOUR",
            "60",
            "Messages that one freelancer's assistant handles in an hour; what comes beyond waits for the freelancer.",
        ),
        EnvSetting("OEUVRE_LOG_LEVEL", "INFO", "Least serious message that is logged."),
    )
}


def get(name: str) -> str:
    """The value of a declared setting. Raises KeyError for one that is not declared."""
    return os.environ.get(name) or SETTINGS[name].default


def flag(name: str) -> bool:
    return get(name).strip().lower() in {"1", "yes", "true", "on"}


def number(name: str, *, least: int | None = None) -> int:
    """Raises SetupError, naming the setting, for anything but a whole number, or one below ``least``."""
    try:
        found = int(get(name))
    except ValueError:
        raise SetupError(f"{name} must be a whole number, not {get(name)!r}.") from None
    if least is not None and found < least:
        raise SetupError(f"{name} must be {least} or more.")
    return found


def choice(name: str, options: tuple[str, ...]) -> str:
    """One of the options. Raises SetupError, naming the setting and them, for anything else."""
    value = get(name).strip().lower()
    if value not in options:
        raise SetupError(f"{name} must be one of {', '.join(options)}, not {get(name)!r}.")
    return value


def home() -> Path:
    """The installation's folder, made private to its owner when missing. Raises SetupError where it cannot be."""
    path = Path(get("OEUVRE_HOME")).expanduser().resolve()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(f"{path} cannot be made: {error.strerror}. Set OEUVRE_HOME to a folder of yours.") from None
    return path


def secret(name: str, make: object) -> str:
    """A secret kept in a file under ``keys`` of the home folder, made once by ``make()`` and readable by its owner only."""
    folder = home() / "keys"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    if not path.exists():
        value = make() if callable(make) else ""
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text().strip()
        with os.fdopen(handle, "w") as file:
            file.write(str(value))
    return path.read_text().strip()
