"""Tags of runs: one rule for every form and the API."""

from __future__ import annotations

from django import forms

from trainer.messages.message import Message
from webapp.ui.text import text_problem

MAX_TAGS = 20
MAX_TAG_LENGTH = 40
SEPARATOR = ","


class TagsField(forms.CharField):
    """Tags separated by commas."""

    def validate(self, value: str) -> None:
        super().validate(value)
        parse_tags(value)

    def clean(self, value: str) -> list[str]:  # type: ignore[override]
        return parse_tags(super().clean(value))


def parse_tags(text: str) -> list[str]:
    """ "wide, no dropout" → ["wide", "no dropout"]; raises ``ValidationError`` for too many or unsuitable ones."""
    tags = list(dict.fromkeys(tag.strip() for tag in text.split(SEPARATOR) if tag.strip()))
    if len(tags) > MAX_TAGS:
        raise forms.ValidationError(
            str(
                Message(
                    "{count} tags given; at most {most} are accepted. Leave some out.", count=len(tags), most=MAX_TAGS
                )
            )
        )
    for tag in tags:
        if len(tag) > MAX_TAG_LENGTH:
            raise forms.ValidationError(
                str(
                    Message(
                        "“{tag}” has {count} characters; at most {most} are accepted. Shorten it.",
                        tag=tag[:40],
                        count=len(tag),
                        most=MAX_TAG_LENGTH,
                    )
                )
            )
        if sentence := text_problem(tag):
            raise forms.ValidationError(str(sentence))
    return tags
