from django.db import migrations, models

STATES = [("received", "已收到"), ("accepted", "已入库"), ("held", "待核"), ("refused", "退回"), ("withdrawn", "已撤回")]


def accepted_whole(apps, schema_editor):
    submissions = apps.get_model("indicators", "Submission").objects
    submissions.filter(state__in=["accepted", "withdrawn"]).update(held_back={})


class Migration(migrations.Migration):
    dependencies = [("indicators", "0004_sources_and_layouts")]
    operations = [
        migrations.AddField("submission", "held_back", models.JSONField(editable=False, null=True)),
        migrations.AddField(
            "submission",
            "state_before",
            models.CharField(blank=True, choices=STATES, default="", editable=False, max_length=10),
            preserve_default=False,
        ),
        migrations.RemoveConstraint("submission", "submission_refused_stores_nothing"),
        migrations.AddConstraint(
            "submission",
            models.CheckConstraint(
                condition=models.Q(models.Q(("state__in", ["held", "refused"]), _negated=True), ("rows_stored", 0), _connector="OR"),
                name="submission_refused_stores_nothing",
            ),
        ),
        migrations.RunPython(accepted_whole, migrations.RunPython.noop),
    ]
