from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "oeuvre.domains.ledger"
    label = "ledger"
