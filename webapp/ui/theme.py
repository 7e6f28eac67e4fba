"""The themes that people can choose from, also before signing in."""

from __future__ import annotations

THEMES = ("system", "light", "dark")
THEME_COOKIE = "theme"
