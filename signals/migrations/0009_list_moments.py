from datetime import UTC, datetime, time

from django.db import migrations, models
from django.db.models import Q


def fill_ts(apps, schema_editor):
    """Every list so far is of a whole session: its midnight, as daily bars have it."""
    for name in ("Signal", "SignalList"):
        rows = apps.get_model("signals", name).objects.order_by()
        for session in rows.values_list("session", flat=True).distinct():
            ts = datetime.combine(session, time(), UTC)
            rows.filter(session=session).update(ts=ts)


def keep(apps, schema_editor):
    """Lists of parts of sessions can't be told apart without `ts`: they would clash."""


class Migration(migrations.Migration):
    dependencies = [("signals", "0008_keys_by_person")]

    operations = [
        migrations.AddField("signal", "ts", models.DateTimeField(null=True)),
        migrations.AddField("signallist", "ts", models.DateTimeField(null=True)),
        migrations.RunPython(fill_ts, keep),
        migrations.AlterField("signal", "ts", models.DateTimeField()),
        migrations.AlterField("signallist", "ts", models.DateTimeField()),
        migrations.AlterModelOptions(
            "signal", {"ordering": ("-session", "-ts", "pack", "model_id", "rank")}
        ),
        migrations.RemoveConstraint("signal", "one_signal_per_run"),
        migrations.RemoveConstraint("signal", "one_current_signal"),
        migrations.RemoveConstraint("signallist", "one_list"),
        migrations.RemoveIndex("signal", "signals_sig_dataset_484627_idx"),
        migrations.AddIndex(
            "signal",
            models.Index(
                fields=["dataset", "pack", "model_id", "-ts", "rank"],
                name="signals_sig_dataset_705afe_idx",
            ),
        ),
        migrations.AddConstraint(
            "signal",
            models.UniqueConstraint(
                fields=("run", "ticker", "session", "ts"), name="one_signal_per_run"
            ),
        ),
        migrations.AddConstraint(
            "signal",
            models.UniqueConstraint(
                condition=Q(("current", True)),
                fields=("dataset", "pack", "model_id", "session", "ts", "ticker"),
                name="one_current_signal",
            ),
        ),
        migrations.AddConstraint(
            "signallist",
            models.UniqueConstraint(
                fields=("dataset", "pack", "model_id", "session", "ts"),
                name="one_list",
            ),
        ),
    ]
