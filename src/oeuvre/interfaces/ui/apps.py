from django.apps import AppConfig

from oeuvre.interfaces.ui.wording import say_what_is_missing


class UiConfig(AppConfig):
    name = "oeuvre.interfaces.ui"
    label = "ui"

    def ready(self) -> None:
        say_what_is_missing()
