"""The catalogs of translations: one of the trainer, one of the site's pages, one of its scripts, in PO files.

They are compiled by Babel, so that no gettext has to be installed. The compiled catalog of the site holds the sentences
of the trainer as well, because pages render them in Django's active language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings

from webapp.language import collecting
from webapp.language.collecting import Sentence

LOCALE = "zh_Hans"
# {name}, {name:,} and %(name)s.
PLACEHOLDERS = re.compile(r"\{([a-z_]+(?::[^{}]*)?)\}|%\((\w+)\)s")
TAGS = re.compile(r"</?[a-z][^<>]*>")
WIDTH = 116


@dataclass(frozen=True)
class CatalogFile:
    """Where a catalog is kept and which sentences belong into it."""

    path: Path
    collect: Callable[[], list[Sentence]]

    def read(self) -> Catalog:
        if not self.path.exists():
            return Catalog(locale=LOCALE)
        with self.path.open("rb") as file:
            return read_po(file, locale=LOCALE)

    def update(self) -> None:
        """Bring the file up to date with the code: new sentences without a translation, stale ones removed."""
        before, after = self.read(), Catalog(locale=LOCALE, fuzzy=False)
        for sentence in sorted(self.collect(), key=lambda found: (found.place, found.text)):
            known = before.get(sentence.text, sentence.context or None)
            translated = known.string if known and bool(known.pluralizable) == bool(sentence.plural) else ""
            names = (sentence.text, sentence.plural) if sentence.plural else sentence.text
            after.add(names, translated or None, [(sentence.place, 0)], context=sentence.context or None)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("wb") as file:
            write_po(
                file,
                after,
                width=WIDTH,
                ignore_obsolete=True,
                sort_by_file=True,
                include_lineno=False,
                omit_header=True,
            )

    def untranslated(self) -> list[str]:
        return [_text(entry) for entry in self.read() if entry.id and not _translation(entry)]

    def problems(self) -> list[str]:
        """What keeps this catalog from being whole; empty when nothing does."""
        catalog = self.read()
        wanted = {sentence.identity for sentence in self.collect()}
        kept = {(entry.context or "", _text(entry)) for entry in catalog if entry.id}
        found = [f"not in {self.path.name}: {text!r}" for _, text in sorted(wanted - kept)]
        found += [f"no longer used: {text!r}" for _, text in sorted(kept - wanted)]
        return found + [problem for entry in catalog if entry.id for problem in _problems_of(entry)]


def catalog_files() -> tuple[CatalogFile, CatalogFile, CatalogFile]:
    """Of the trainer, of the site, of its scripts."""
    folder = Path(LOCALE) / "LC_MESSAGES"
    trainer, site = settings.BASE_DIR / "trainer" / "locale" / folder, settings.BASE_DIR / "webapp" / "locale" / folder
    return (
        CatalogFile(trainer / "trainer.po", collecting.of_trainer),
        CatalogFile(site / "django.po", collecting.of_site),
        CatalogFile(site / "djangojs.po", collecting.of_scripts),
    )


def compile_all() -> None:
    """Write the compiled catalogs beside the PO files."""
    trainer, site, scripts = catalog_files()
    _compile(trainer.path, [trainer])
    _compile(site.path, [trainer, site])
    _compile(scripts.path, [scripts])


def _compile(path: Path, sources: Iterable[CatalogFile]) -> None:
    whole = Catalog(locale=LOCALE, fuzzy=False)
    for source in sources:
        for entry in source.read():
            if entry.id and not entry.fuzzy:
                whole.add(entry.id, entry.string, context=entry.context)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, whole)


def _text(entry: Entry) -> str:
    return entry.id if isinstance(entry.id, str) else str(entry.id[0])


def _translation(entry: Entry) -> str:
    return entry.string if isinstance(entry.string, str) else " ".join(entry.string or ())


def _problems_of(entry: Entry) -> list[str]:
    translated = _translation(entry)
    if not translated or entry.fuzzy:
        return [f"not translated: {_text(entry)!r}"]
    # The plural form has all values; the singular may write its number as a word.
    original = entry.id if isinstance(entry.id, str) else str(entry.id[1])
    return [
        f"{what} differ: {original!r} and {translated!r}"
        for what, pattern in (("placeholders", PLACEHOLDERS), ("tags", TAGS))
        if set(pattern.findall(original)) != set(pattern.findall(translated))
    ]
