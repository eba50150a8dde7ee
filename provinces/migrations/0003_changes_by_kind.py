"""What changed is remembered by kind: a day of air re-judges the targets that rest on air."""

from django.db import migrations, models
from django.db.models import F


def carry_over(apps, schema_editor):
    apps.get_model("provinces", "Region").objects.update(
        air_changed_at=F("figures_changed_at"), water_changed_at=F("figures_changed_at")
    )


class Migration(migrations.Migration):

    dependencies = [
        ('provinces', '0002_site_aliases'),
    ]

    operations = [
        migrations.RenameField(model_name='region', old_name='evidence_changed_at', new_name='figures_changed_at'),
        migrations.AlterField(
            model_name='region',
            name='figures_changed_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='公布数值最近变动'),
        ),
        migrations.AddField(
            model_name='region',
            name='air_changed_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='空气数据最近变动'),
        ),
        migrations.AddField(
            model_name='region',
            name='water_changed_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='断面数据最近变动'),
        ),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
    ]
