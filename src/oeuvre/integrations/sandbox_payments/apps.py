from django.apps import AppConfig


class SandboxPaymentsConfig(AppConfig):
    name = "oeuvre.integrations.sandbox_payments"
    label = "sandbox_payments"
