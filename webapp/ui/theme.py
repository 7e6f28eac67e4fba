"""The themes that people can choose from, also before signing in."""

from __future__ import annotations

from trainer.messages.message import Message

# By the name that the cookie and the pages' styles know.
THEMES = {"system": Message("System"), "light": Message("Light"), "dark": Message("Dark")}
THEME_COOKIE = "theme"
