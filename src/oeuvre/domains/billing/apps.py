from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "oeuvre.domains.billing"
    label = "billing"
