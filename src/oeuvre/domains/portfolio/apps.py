from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    name = "oeuvre.domains.portfolio"
    label = "portfolio"
