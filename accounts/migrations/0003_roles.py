"""The four roles, as groups of these names.

They carry no permissions of Django's: what a role may do in the admin is read from
the role itself (`accounts.admin.ByRole`), so that a new table needs no migration here.
"""

from django.db import migrations

ROLES = ("viewer", "builder", "operator", "admin")


def make_groups(apps, schema_editor):
    """One group for each role; existing ones stay as they are."""
    groups = apps.get_model("auth", "Group").objects
    for name in ROLES:
        groups.get_or_create(name=name)


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0002_login_attempts"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
