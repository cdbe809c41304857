-- What everything else stands on: who may enter the schema, the deployment itself, and organizations.
-- Runs as keyreeve_owner, in one transaction, like every migration.

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO
    keyreeve_app, keyreeve_snapshot, keyreeve_ship, keyreeve_sequence, keyreeve_audit_reader, keyreeve_retention;

-- A new function is nobody's to call until a migration says so.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

DO $database$
BEGIN
    EXECUTE pg_catalog.format('REVOKE ALL ON DATABASE %I FROM PUBLIC', pg_catalog.current_database());
    EXECUTE pg_catalog.format(
        'GRANT CONNECT ON DATABASE %I TO keyreeve_migrate, keyreeve_app, keyreeve_snapshot, keyreeve_ship, '
        'keyreeve_sequence, keyreeve_audit_reader, keyreeve_retention', pg_catalog.current_database());
    -- The shipper COPYs into a session's own temporary table: COPY FROM does not work under row-level security.
    EXECUTE pg_catalog.format('GRANT TEMPORARY ON DATABASE %I TO keyreeve_ship', pg_catalog.current_database());
END
$database$;

GRANT SELECT ON schema_migrations TO keyreeve_app;

-- Puts a table behind its organization: rows are visible and writable only to keyreeve_app, and only where the
-- transaction's context names their organization. An unset context is an error, never an empty answer by accident.
CREATE PROCEDURE isolate(target regclass, key_column name DEFAULT 'organization_id')
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $isolate$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format(
        'CREATE POLICY organization ON %s FOR ALL TO keyreeve_app '
        'USING (%I = current_setting(''keyreeve.organization'')::uuid) '
        'WITH CHECK (%I = current_setting(''keyreeve.organization'')::uuid)',
        target, key_column, key_column);
END
$isolate$;

-- Lets the snapshot role read a table of every organization. Which columns is said by the GRANT beside the call.
CREATE PROCEDURE open_to_snapshot(target regclass)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $open$
BEGIN
    EXECUTE format('CREATE POLICY snapshot ON %s FOR SELECT TO keyreeve_snapshot USING (true)', target);
END
$open$;

-- One row: this installation. The canary opens only under the root key that sealed it.
CREATE TABLE deployments (
    id uuid PRIMARY KEY,
    singleton boolean NOT NULL DEFAULT true UNIQUE CHECK (singleton),
    -- `serve` refuses a database that `dev` made.
    mode text NOT NULL CHECK (mode IN ('production', 'development')),
    wrapped_data_key bytea NOT NULL,
    canary bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON deployments TO keyreeve_app;

-- Seeds of our own signing keys, each sealed under its own data key, which the root key wraps.
CREATE TABLE signing_keys (
    id uuid PRIMARY KEY,
    purpose text NOT NULL CHECK (purpose IN ('relay', 'session', 'configuration', 'checkpoint')),
    state text NOT NULL CHECK (state IN ('active', 'retiring', 'retired')),
    public_key bytea NOT NULL UNIQUE CHECK (octet_length(public_key) = 32),
    wrapped_data_key bytea NOT NULL,
    sealed_seed bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX signing_keys_one_active ON signing_keys (purpose) WHERE state = 'active';
GRANT SELECT ON signing_keys TO keyreeve_app;

-- The isolation boundary. The platform itself is the organization with the nil id: operators are its users, and its
-- audit records form its ledger, so that there is one code path and not two.
CREATE TABLE organizations (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    display_name text NOT NULL DEFAULT '',
    help_url text,
    -- Grows by one, under this row's lock, as the last statement of every change that a snapshot must see.
    change_version bigint NOT NULL DEFAULT 1,
    -- The policy revision in force; 0 before the first apply.
    current_revision bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (name NOT IN ('recipes', 'active')),
    CHECK ((name = 'platform') = (id = '00000000-0000-0000-0000-000000000000'))
);
INSERT INTO organizations (id, name, display_name)
VALUES ('00000000-0000-0000-0000-000000000000', 'platform', 'Platform');
CALL isolate('organizations', 'id');
CALL open_to_snapshot('organizations');
GRANT SELECT, INSERT ON organizations TO keyreeve_app;
GRANT UPDATE (display_name, help_url, change_version, current_revision) ON organizations TO keyreeve_app;
GRANT SELECT ON organizations TO keyreeve_snapshot;

-- Where an organization's people sign in.
CREATE TABLE issuers (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    url text NOT NULL,
    client_id text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, url)
);
CALL isolate('issuers');
CALL open_to_snapshot('issuers');
GRANT SELECT, INSERT, UPDATE, DELETE ON issuers TO keyreeve_app;
GRANT SELECT ON issuers TO keyreeve_snapshot;
