-- The audit: an intake that takes records from every replica's journal and from admin changes, and the ledger, where
-- each organization's records stand in one dense sequence. The bytes in `record` are the truth; the other columns of
-- the ledger are copies to search by.

-- (node, incarnation, sequence) names a journal frame. A record written by an admin change has the nil node, a random
-- incarnation and sequence 0. The nil organization is the platform.
CREATE TABLE audit_intake (
    organization_id uuid NOT NULL,
    node_id uuid NOT NULL,
    incarnation uuid NOT NULL,
    sequence bigint NOT NULL CHECK (sequence >= 0),
    record bytea NOT NULL,
    -- What the shipper compares when a key is there already: equal is a duplicate, different is an alarm.
    digest bytea NOT NULL GENERATED ALWAYS AS (sha256(record)) STORED,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The one key without the organization in front: a frame's name is unique in the deployment.
    PRIMARY KEY (node_id, incarnation, sequence)
);
CREATE INDEX audit_intake_received ON audit_intake USING brin (received_at);
ALTER TABLE audit_intake ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_intake FORCE ROW LEVEL SECURITY;
-- Written with a change, inside its organization, and readable by no request.
CREATE POLICY organization ON audit_intake FOR INSERT TO keyreeve_app
    WITH CHECK (organization_id = current_setting('keyreeve.organization')::uuid
        AND node_id = '00000000-0000-0000-0000-000000000000');
CREATE POLICY ship_insert ON audit_intake FOR INSERT TO keyreeve_ship
    WITH CHECK (node_id <> '00000000-0000-0000-0000-000000000000');
CREATE POLICY ship_compare ON audit_intake FOR SELECT TO keyreeve_ship USING (true);
CREATE POLICY sequence ON audit_intake FOR SELECT TO keyreeve_sequence USING (true);
CREATE POLICY retention_select ON audit_intake FOR SELECT TO keyreeve_owner USING (true);
CREATE POLICY retention_delete ON audit_intake FOR DELETE TO keyreeve_owner USING (true);
GRANT INSERT (organization_id, node_id, incarnation, sequence, record) ON audit_intake TO keyreeve_app, keyreeve_ship;
GRANT SELECT (node_id, incarnation, sequence, digest) ON audit_intake TO keyreeve_ship;
GRANT SELECT ON audit_intake TO keyreeve_sequence;

-- What has arrived and is not in the ledger yet: ranges of frames, one row per statement and journal.
CREATE TABLE audit_arrivals (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node_id uuid NOT NULL,
    incarnation uuid NOT NULL,
    first_sequence bigint NOT NULL,
    last_sequence bigint NOT NULL
);
GRANT SELECT, DELETE ON audit_arrivals TO keyreeve_sequence;

-- No insertion can forget to announce itself. The notification is a hint; the sequencer also polls.
CREATE FUNCTION announce_arrivals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $announce$
BEGIN
    INSERT INTO public.audit_arrivals (node_id, incarnation, first_sequence, last_sequence)
    SELECT node_id, incarnation, min(sequence), max(sequence) FROM arrived GROUP BY node_id, incarnation;
    IF FOUND THEN
        PERFORM pg_notify('keyreeve_intake', '');
    END IF;
    RETURN NULL;
END
$announce$;
CREATE TRIGGER announce_arrivals AFTER INSERT ON audit_intake
    REFERENCING NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION announce_arrivals();

-- The last sequence number given out in each organization.
CREATE TABLE audit_heads (
    organization_id uuid PRIMARY KEY,
    last_sequence bigint NOT NULL CHECK (last_sequence >= 1)
);
ALTER TABLE audit_heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_heads FORCE ROW LEVEL SECURITY;
CREATE POLICY sequence ON audit_heads FOR ALL TO keyreeve_sequence USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON audit_heads TO keyreeve_sequence;
GRANT UPDATE (last_sequence) ON audit_heads TO keyreeve_sequence;

CREATE TABLE audit_ledger (
    organization_id uuid NOT NULL,
    sequence bigint NOT NULL CHECK (sequence >= 1),
    node_id uuid NOT NULL,
    incarnation uuid NOT NULL,
    node_sequence bigint NOT NULL,
    record bytea NOT NULL,
    -- Copies, from here on.
    id uuid,
    at timestamptz,
    kind text NOT NULL,
    intent uuid,
    actor_kind text,
    actor_id text,
    session text,
    request_id text,
    profile text,
    provider text,
    operation text,
    model text,
    decision text,
    reason text,
    target text,
    status bigint,
    upstream_status bigint,
    input_tokens bigint,
    output_tokens bigint,
    cached_tokens bigint,
    request_bytes bigint,
    response_bytes bigint,
    duration_ms bigint,
    PRIMARY KEY (organization_id, sequence),
    UNIQUE (organization_id, node_id, incarnation, node_sequence)
);
CREATE INDEX audit_ledger_intent ON audit_ledger (organization_id, intent) WHERE intent IS NOT NULL;
CREATE INDEX audit_ledger_at ON audit_ledger (organization_id, at);
CREATE INDEX audit_ledger_actor ON audit_ledger (organization_id, actor_id, sequence);
CREATE INDEX audit_ledger_profile ON audit_ledger (organization_id, profile, sequence);
CREATE INDEX audit_ledger_request ON audit_ledger (organization_id, request_id) WHERE request_id IS NOT NULL;
ALTER TABLE audit_ledger ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_ledger FORCE ROW LEVEL SECURITY;
CREATE POLICY organization ON audit_ledger FOR SELECT TO keyreeve_audit_reader
    USING (organization_id = current_setting('keyreeve.organization')::uuid);
CREATE POLICY sequence_insert ON audit_ledger FOR INSERT TO keyreeve_sequence WITH CHECK (true);
CREATE POLICY sequence_compare ON audit_ledger FOR SELECT TO keyreeve_sequence USING (true);
GRANT SELECT ON audit_ledger TO keyreeve_audit_reader;
GRANT INSERT ON audit_ledger TO keyreeve_sequence;
GRANT SELECT (organization_id, node_id, incarnation, node_sequence) ON audit_ledger TO keyreeve_sequence;

-- Reads the searchable copies out of a record. Callers can put any text into some fields, so nothing here may fail:
-- Postgres text has no NUL, an index entry has a largest size, and a record that cannot be read at all still takes
-- its place in the ledger, as kind "unreadable".
CREATE FUNCTION audit_columns(record bytea) RETURNS TABLE (
    id uuid, at timestamptz, kind text, intent uuid, actor_kind text, actor_id text, session text, request_id text,
    profile text, provider text, operation text, model text, decision text, reason text, target text, status bigint,
    upstream_status bigint, input_tokens bigint, output_tokens bigint, cached_tokens bigint, request_bytes bigint,
    response_bytes bigint, duration_ms bigint
)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
AS $columns$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT f.id, f.at, coalesce(left(f.kind, 64), 'unreadable'), f.intent, left(f.actor_kind, 64),
        left(f.actor_id, 256), left(f.session, 64), left(f.request_id, 128), left(f.profile, 64),
        left(f.provider, 64), left(f.operation, 64), left(f.model, 256), left(f.decision, 16), left(f.reason, 64),
        left(f.target, 256), f.status, f.upstream_status, f.input_tokens, f.output_tokens, f.cached_tokens,
        f.request_bytes, f.response_bytes, f.duration_ms
    FROM jsonb_to_record(replace(convert_from(record, 'UTF8'), '\u0000', '\ufffd')::jsonb) AS f (
        id uuid, at timestamptz, kind text, intent uuid, actor_kind text, actor_id text, session text,
        request_id text, profile text, provider text, operation text, model text, decision text, reason text,
        target text, status bigint, upstream_status bigint, input_tokens bigint, output_tokens bigint,
        cached_tokens bigint, request_bytes bigint, response_bytes bigint, duration_ms bigint
    );
EXCEPTION WHEN OTHERS THEN
    RETURN QUERY
    SELECT NULL::uuid, NULL::timestamptz, 'unreadable'::text, NULL::uuid, NULL::text, NULL::text, NULL::text,
        NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text,
        NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint,
        NULL::bigint;
END
$columns$;
GRANT EXECUTE ON FUNCTION audit_columns(bytea) TO keyreeve_sequence;

-- Releases intake rows that the ledger has held for longer than `keep`, a day at least: a journal may ship a frame
-- again until its own retention ends, and its key must be known here or in the ledger.
CREATE PROCEDURE release_intake(keep interval)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $release$
BEGIN
    DELETE FROM public.audit_intake i
    WHERE i.received_at < now() - greatest(keep, interval '1 day')
        AND NOT EXISTS (
            SELECT FROM public.audit_arrivals a
            WHERE a.node_id = i.node_id AND a.incarnation = i.incarnation
                AND i.sequence BETWEEN a.first_sequence AND a.last_sequence
        );
END
$release$;
GRANT EXECUTE ON PROCEDURE release_intake(interval) TO keyreeve_retention;
