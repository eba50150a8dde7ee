"""Traces tell which table changed. The triggers that follow after every migration write it; the old ones go."""

from typing import Any

from django.db import migrations, models


def drop_old_triggers(apps: Any, schema_editor: Any) -> None:
    """They know of no table: whatever a later migration writes would fail. New ones follow when all have run."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION IF EXISTS dabiao_data_changed() CASCADE")
            return
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%config_datachange%'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')
        cursor.execute("DELETE FROM config_datachange")


class Migration(migrations.Migration):
    """Names the table of a change."""

    dependencies = [("config", "0001_data_change")]

    operations = [
        migrations.RunPython(drop_old_triggers, migrations.RunPython.noop),
        migrations.AddField("datachange", "table_name", models.CharField(max_length=63, default=""), preserve_default=False),
    ]
