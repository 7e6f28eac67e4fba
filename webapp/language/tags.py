"""Template tags of languages; builtin, and independent of the request, because pages about errors have none."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils import translation

register = template.Library()


@register.simple_tag
def language_code() -> str:
    """The language of the page, for ``lang``."""
    return translation.get_language()


@register.simple_tag
def languages() -> list[tuple[str, str]]:
    """Code and own name of every language."""
    return list(settings.LANGUAGES)


@register.simple_tag
def script_texts() -> str:
    """The address of the texts that the scripts of the page show."""
    return reverse("script-texts", args=[translation.get_language(), settings.TEXTS_VERSION])
