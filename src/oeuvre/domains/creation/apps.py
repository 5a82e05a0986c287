from django.apps import AppConfig


class CreationConfig(AppConfig):
    name = "oeuvre.domains.creation"
    label = "creation"
