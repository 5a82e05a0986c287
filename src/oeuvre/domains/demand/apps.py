from django.apps import AppConfig


class DemandConfig(AppConfig):
    name = "oeuvre.domains.demand"
    label = "demand"
