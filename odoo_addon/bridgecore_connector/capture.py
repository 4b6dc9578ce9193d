"""Fills the outbox: triggers on the tables of the chosen models.

Triggers, and not overrides of `write`: an override sees neither a recomputed stored field, nor the
rows that PostgreSQL itself deletes or empties through a foreign key, nor plain SQL; and it can tell
of a change that a savepoint took back. A trigger's row lives and dies with the change it tells of.
It works the same in every version of Odoo, since it knows nothing of Odoo.

One statement gives one insert, however many rows it touched. Several changes of a record in one
transaction are one row: created and deleted again is none.
"""

import hashlib
from collections import namedtuple

# what a trigger calls, and with which arguments; its name carries a digest of them, so that
# whether a trigger is the wanted one is a comparison of names
Trigger = namedtuple("Trigger", "table event function arguments")

PREFIX = "bridgecore_"
_TRANSITIONS = {
    "insert": "NEW TABLE AS new_rows",
    "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "OLD TABLE AS old_rows",
}

# Both functions read rows as JSON, so a column that a module adds or drops cannot break them: an
# error here would fail the transaction of whoever changed the record.
_FUNCTIONS = """
CREATE OR REPLACE FUNCTION bridgecore_record() RETURNS trigger LANGUAGE plpgsql AS $function$
-- arguments: model, chosen fields separated by commas (none: all)
DECLARE
    chosen text[] := string_to_array(TG_ARGV[1], ',');
    mark text := nullif(current_setting('bridgecore.origin', true), '');
    this_moment timestamp := clock_timestamp() AT TIME ZONE 'UTC';
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO bridgecore_event AS e
            (event_id, model, record_id, operation, changed_fields, occurred_at, txid, origin,
             state)
        SELECT {uuid}, TG_ARGV[0], n.id, 'create', '', this_moment, txid_current(), mark, 'waiting'
        FROM new_rows n
        ON CONFLICT (txid, model, record_id) DO UPDATE SET
            event_id = excluded.event_id, occurred_at = excluded.occurred_at,
            origin = excluded.origin, operation = 'write', state = 'waiting';
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO bridgecore_event AS e
            (event_id, model, record_id, operation, changed_fields, occurred_at, txid, origin,
             state)
        SELECT {uuid}, TG_ARGV[0], n.id, 'write', coalesce(array_to_string(diff.names, ','), ''),
               this_moment, txid_current(), mark, 'waiting'
        FROM new_rows n
        JOIN old_rows o ON o.id = n.id
        CROSS JOIN LATERAL (SELECT to_jsonb(o) AS old_row OFFSET 0) was
        CROSS JOIN LATERAL (
            SELECT array_agg(key) AS names
            FROM jsonb_each(to_jsonb(n))
            WHERE value IS DISTINCT FROM was.old_row -> key
              AND key NOT IN ('write_date', 'write_uid')
        ) diff
        -- a write that moved only write_date may have changed what has no column of its own
        WHERE diff.names IS NULL OR chosen = '{{}}' OR diff.names && chosen
        ON CONFLICT (txid, model, record_id) DO UPDATE SET
            event_id = excluded.event_id, occurred_at = excluded.occurred_at,
            origin = excluded.origin, state = 'waiting',
            changed_fields = CASE
                WHEN e.operation = 'create' THEN ''
                WHEN e.changed_fields = excluded.changed_fields THEN e.changed_fields
                ELSE bridgecore_union(e.changed_fields, excluded.changed_fields) END;
    ELSE
        WITH never_seen AS (
            DELETE FROM bridgecore_event e USING old_rows o
            WHERE e.txid = txid_current() AND e.model = TG_ARGV[0] AND e.record_id = o.id
              AND e.operation = 'create'
            RETURNING e.record_id
        )
        INSERT INTO bridgecore_event AS e
            (event_id, model, record_id, operation, changed_fields, occurred_at, txid, origin,
             state)
        SELECT {uuid}, TG_ARGV[0], o.id, 'unlink', '', this_moment, txid_current(), mark, 'waiting'
        FROM old_rows o
        WHERE NOT EXISTS (SELECT FROM never_seen s WHERE s.record_id = o.id)
        ON CONFLICT (txid, model, record_id) DO UPDATE SET
            event_id = excluded.event_id, occurred_at = excluded.occurred_at,
            origin = excluded.origin, operation = 'unlink', changed_fields = '', state = 'waiting';
    END IF;
    RETURN NULL;
END
$function$;

CREATE OR REPLACE FUNCTION bridgecore_relation() RETURNS trigger LANGUAGE plpgsql AS $function$
-- rows of a many2many table; arguments: model, field, the column that holds the model's id
DECLARE
    touched jsonb;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT jsonb_agg(DISTINCT to_jsonb(n) -> TG_ARGV[2]) INTO touched FROM new_rows n;
    ELSE
        SELECT jsonb_agg(DISTINCT to_jsonb(o) -> TG_ARGV[2]) INTO touched FROM old_rows o;
    END IF;
    IF touched IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO bridgecore_event AS e
        (event_id, model, record_id, operation, changed_fields, occurred_at, txid, origin,
             state)
    SELECT {uuid}, TG_ARGV[0], id::text::integer, 'write', TG_ARGV[1],
           clock_timestamp() AT TIME ZONE 'UTC', txid_current(),
           nullif(current_setting('bridgecore.origin', true), ''), 'waiting'
    FROM jsonb_array_elements(touched) AS id
    ON CONFLICT (txid, model, record_id) DO UPDATE SET
        event_id = excluded.event_id, occurred_at = excluded.occurred_at,
        origin = excluded.origin, state = 'waiting',
        changed_fields = CASE WHEN e.operation = 'write'
            THEN bridgecore_union(e.changed_fields, excluded.changed_fields)
            ELSE e.changed_fields END;
    RETURN NULL;
END
$function$;

CREATE OR REPLACE FUNCTION bridgecore_union(one text, other text) RETURNS text
LANGUAGE sql IMMUTABLE AS $function$
    SELECT coalesce(string_agg(DISTINCT name, ',' ORDER BY name), '')
    FROM unnest(string_to_array(one, ',') || string_to_array(other, ',')) AS name
$function$;
"""


def install(cr):
    """Creates the functions, or replaces them by this version's."""
    cr.execute("SELECT current_setting('server_version_num')::integer")
    uuid = (
        "gen_random_uuid()::text"
        if cr.fetchone()[0] >= 130000
        else "md5(random()::text || clock_timestamp()::text || random()::text)::uuid::text"
    )
    cr.execute(_FUNCTIONS.format(uuid=uuid))


def remove(cr):
    """Takes out every trigger and function, leaving the watched tables as they were found."""
    synchronise(cr, [])
    cr.execute(
        "DROP FUNCTION IF EXISTS bridgecore_record();"
        "DROP FUNCTION IF EXISTS bridgecore_relation();"
        "DROP FUNCTION IF EXISTS bridgecore_union(text, text)"
    )


def synchronise(cr, wanted):
    """Makes the database's triggers the wanted ones; touches no table where they are already.

    Waits at most 5 seconds for a table that is being written to, then raises the driver's
    LockNotAvailable.
    """
    names = {(trigger.table, _name(trigger)): trigger for trigger in wanted}
    cr.execute(
        "SELECT c.relname, t.tgname FROM pg_trigger t"
        " JOIN pg_class c ON c.oid = t.tgrelid"
        " JOIN pg_namespace s ON s.oid = c.relnamespace"
        " WHERE NOT t.tgisinternal AND s.nspname = current_schema()"
        " AND left(t.tgname::text, length(%s)) = %s",
        [PREFIX, PREFIX],
    )
    existing = set(cr.fetchall())
    if existing == set(names):
        return
    cr.execute("SELECT set_config('lock_timeout', '5s', true)")
    for table, name in sorted(existing - set(names)):
        cr.execute(f'DROP TRIGGER "{name}" ON "{table}"')
    for table, name in sorted(set(names) - existing):
        trigger = names[table, name]
        cr.execute(
            'CREATE TRIGGER "{}" AFTER {} ON "{}" REFERENCING {} FOR EACH STATEMENT'
            " EXECUTE PROCEDURE {}({})".format(
                name,
                trigger.event.upper(),
                table,
                _TRANSITIONS[trigger.event],
                trigger.function,
                ", ".join(["%s"] * len(trigger.arguments)),
            ),
            list(trigger.arguments),
        )
    cr.execute("SELECT set_config('lock_timeout', '0', true)")


def triggers(cr, model, chosen):
    """The triggers that watch one model (a recordset), limited to the chosen field names if any."""
    fields = ",".join(sorted(chosen))
    wanted = [
        Trigger(model._table, event, "bridgecore_record", (model._name, fields))
        for event in _TRANSITIONS
    ]
    for name, field in sorted(model._fields.items()):
        if field.type != "many2many" or not field.store or not field.relation:
            continue
        if chosen and name not in chosen:
            continue
        cr.execute("SELECT to_regclass(%s) IS NOT NULL", [f'"{field.relation}"'])
        if cr.fetchone()[0]:
            wanted += [
                Trigger(
                    field.relation,
                    event,
                    "bridgecore_relation",
                    (model._name, name, field.column1),
                )
                for event in ("insert", "delete")
            ]
    return wanted


def _name(trigger):
    content = "|".join((trigger.function, *trigger.arguments))
    return f"{PREFIX}{trigger.event}_{hashlib.sha256(content.encode()).hexdigest()[:12]}"
