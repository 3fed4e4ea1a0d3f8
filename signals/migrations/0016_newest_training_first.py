from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("signals", "0015_answered_finds"),)

    operations = (
        migrations.AlterModelOptions(
            name="trainedmodel", options={"ordering": ("-run_id",)}
        ),
    )
