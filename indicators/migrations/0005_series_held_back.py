from django.db import migrations, models


def accepted_whole(apps, schema_editor):
    submissions = apps.get_model("indicators", "Submission").objects
    submissions.filter(state__in=["accepted", "withdrawn"]).update(held_back={})


class Migration(migrations.Migration):
    dependencies = [("indicators", "0004_sources_and_layouts")]
    operations = [
        migrations.AddField("submission", "held_back", models.JSONField(editable=False, null=True)),
        migrations.RunPython(accepted_whole, migrations.RunPython.noop),
    ]
