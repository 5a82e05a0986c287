"""The audit log is append-only, whoever holds the connection."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
            END $$;
            CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_auditrecord
                FOR EACH ROW EXECUTE FUNCTION refuse_change();
            """,
            """
            DROP TRIGGER audit_append_only ON audit_auditrecord;
            DROP FUNCTION refuse_change();
            """,
        )
    ]
