"""The themes that a person chooses from, before signing in too."""

from __future__ import annotations

THEMES = ("system", "light", "dark")
THEME_COOKIE = "theme"
