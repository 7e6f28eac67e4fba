"""``{% load commands %}``: commands for people to type."""

from __future__ import annotations

from django import template

from webapp.ui import commands

register = template.Library()
register.simple_tag(commands.python, name="python")
register.simple_tag(commands.manage_command, name="manage_command")
