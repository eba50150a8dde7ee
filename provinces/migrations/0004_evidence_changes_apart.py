"""When evidence last changed is kept apart from the regions, which then change only when somebody writes them."""

import django.db.models.deletion
from django.db import migrations, models

KINDS = ("air_changed_at", "water_changed_at", "figures_changed_at")


def carry_over(apps, schema_editor):
    Region, EvidenceChange = (apps.get_model("provinces", name) for name in ("Region", "EvidenceChange"))
    EvidenceChange.objects.bulk_create(
        EvidenceChange(region_id=code, **dict(zip(KINDS, when)))
        for code, *when in Region.objects.values_list("code", *KINDS)
        if any(when)
    )


class Migration(migrations.Migration):

    dependencies = [
        ('provinces', '0003_changes_by_kind'),
    ]

    operations = [
        migrations.CreateModel(
            name='EvidenceChange',
            fields=[
                ('region', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to='provinces.region', verbose_name='地区')),
                ('air_changed_at', models.DateTimeField(null=True, verbose_name='空气数据最近变动')),
                ('water_changed_at', models.DateTimeField(null=True, verbose_name='断面数据最近变动')),
                ('figures_changed_at', models.DateTimeField(null=True, verbose_name='公布数值最近变动')),
            ],
            options={
                'verbose_name': '证据变动',
                'verbose_name_plural': '证据变动',
            },
        ),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.RemoveField(model_name='region', name='air_changed_at'),
        migrations.RemoveField(model_name='region', name='water_changed_at'),
        migrations.RemoveField(model_name='region', name='figures_changed_at'),
    ]
