"""PostgreSQL sorts names by the collation ``names``; SQLite is given it at every connection."""

from __future__ import annotations

from typing import Any

from django.db import NotSupportedError, migrations, transaction

# kn: numbers by their size.
BY_ICU = "CREATE COLLATION IF NOT EXISTS names (provider = icu, locale = 'zh-u-kn-true')"
WITHOUT_ICU = 'CREATE COLLATION IF NOT EXISTS names FROM "C"'


def create(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(schema_editor.connection.alias):
            schema_editor.execute(BY_ICU)
    except NotSupportedError:
        schema_editor.execute(WITHOUT_ICU)


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP COLLATION IF EXISTS names")


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [migrations.RunPython(create, drop, elidable=False)]
