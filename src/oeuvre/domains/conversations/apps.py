from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "oeuvre.domains.conversations"
    label = "conversations"
