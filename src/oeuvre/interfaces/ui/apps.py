from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "oeuvre.interfaces.ui"
    label = "ui"
