from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "oeuvre.interfaces.demo"
    label = "demo"
