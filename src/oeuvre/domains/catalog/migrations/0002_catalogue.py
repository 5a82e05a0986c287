from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from oeuvre.domains.catalog.services.catalogue import catalogue_migrate


def load(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The catalogue that comes with the platform, or the one that the setting CATALOGUE names."""
    catalogue_migrate(apps)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
