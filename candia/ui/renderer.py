"""How forms are drawn: Django's own fields in the city's templates (templates/django/forms/)."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Draws forms with the project's templates, so that labels, icons and translations are the page's own."""

    form_template_name = "django/forms/div.html"
    formset_template_name = "django/forms/formsets/div.html"
    field_template_name = "django/forms/field.html"
