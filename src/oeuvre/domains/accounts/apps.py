from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "oeuvre.domains.accounts"
    label = "accounts"
