"""What PostgreSQL itself guarantees about money, whoever holds the connection."""

from django.db import migrations

FORWARDS = """
CREATE TRIGGER ledger_posting_append_only BEFORE UPDATE OR DELETE ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_account_is_kept BEFORE DELETE ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A posting belongs to the transaction that makes it; only there may it get entries.
CREATE FUNCTION ledger_posting_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.transaction_id := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_posting_stamp BEFORE INSERT ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION ledger_posting_stamp();

CREATE FUNCTION ledger_entry_joins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_posting
        WHERE id = NEW.posting_id AND transaction_id = pg_current_xact_id()::text::bigint
    ) THEN
        RAISE EXCEPTION 'posting % is closed', NEW.posting_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_entry_joins BEFORE INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_joins();

-- Balances follow the entries. One update an account and statement, so that a posting may name an account twice.
CREATE FUNCTION ledger_entry_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ledger_account SET balance = balance + change.total
    FROM (SELECT account_id, sum(amount) AS total FROM added GROUP BY account_id) AS change
    WHERE ledger_account.id = change.account_id;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_entry_counts AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_counts();

-- Nobody else writes a balance (depth 1 is a statement of the client's, 2 the trigger above).
CREATE FUNCTION ledger_account_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2
        OR (NEW.id, NEW.kind, NEW.owner_id, NEW.currency) IS DISTINCT FROM (OLD.id, OLD.kind, OLD.owner_id, OLD.currency)
    THEN
        RAISE EXCEPTION 'accounts change by entries only' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_account_guard BEFORE UPDATE ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_account_guard();

CREATE FUNCTION ledger_account_opens_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.balance <> 0 THEN
        RAISE EXCEPTION 'an account opens at zero' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_account_opens_empty BEFORE INSERT ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_account_opens_empty();

-- At commit every posting has at least two entries and sums to zero in each currency.
CREATE FUNCTION ledger_posting_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted uuid := CASE TG_TABLE_NAME WHEN 'ledger_posting' THEN to_jsonb(NEW)->>'id' ELSE to_jsonb(NEW)->>'posting_id' END;
BEGIN
    IF (SELECT count(*) FROM ledger_entry WHERE posting_id = wanted) < 2 THEN
        RAISE EXCEPTION 'posting % has fewer than two entries', wanted USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
        WHERE e.posting_id = wanted GROUP BY a.currency HAVING sum(e.amount) <> 0
    ) THEN
        RAISE EXCEPTION 'posting % does not balance', wanted USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_posting_balances AFTER INSERT ON ledger_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_posting_balances();
CREATE CONSTRAINT TRIGGER ledger_entry_balances AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_posting_balances();
"""

BACKWARDS = """
DROP TRIGGER ledger_entry_balances ON ledger_entry;
DROP TRIGGER ledger_posting_balances ON ledger_posting;
DROP TRIGGER ledger_account_opens_empty ON ledger_account;
DROP TRIGGER ledger_account_guard ON ledger_account;
DROP TRIGGER ledger_entry_counts ON ledger_entry;
DROP TRIGGER ledger_entry_joins ON ledger_entry;
DROP TRIGGER ledger_posting_stamp ON ledger_posting;
DROP TRIGGER ledger_account_is_kept ON ledger_account;
DROP TRIGGER ledger_entry_append_only ON ledger_entry;
DROP TRIGGER ledger_posting_append_only ON ledger_posting;
DROP FUNCTION ledger_posting_balances, ledger_account_opens_empty, ledger_account_guard, ledger_entry_counts,
    ledger_entry_joins, ledger_posting_stamp;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("audit", "0002_append_only")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
