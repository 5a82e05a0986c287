"""The operator's prices are a history: a new price is a new row."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial"), ("audit", "0002_append_only")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER billing_price_append_only BEFORE UPDATE OR DELETE ON billing_pricelistentry
                FOR EACH ROW EXECUTE FUNCTION refuse_change();
            """,
            "DROP TRIGGER billing_price_append_only ON billing_pricelistentry;",
        )
    ]
