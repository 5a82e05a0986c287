"""How Django's forms render: every `{{ form }}` and `{{ form.name.as_field_group }}` has the house's look."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Set as FORM_RENDERER."""

    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"
