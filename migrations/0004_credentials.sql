-- Sealed secrets. Nothing here opens without the root key, which is not in the database.

-- Destroying an organization's data keys destroys its secrets.
CREATE TABLE data_keys (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, id)
);
CALL isolate('data_keys');
CALL open_to_snapshot('data_keys');
GRANT SELECT, INSERT ON data_keys TO keyreeve_app;
GRANT SELECT ON data_keys TO keyreeve_snapshot;

-- A deleted credential keeps its row without a value: its generation must never be given out again, because caches
-- know a secret by (organization, name, generation).
CREATE TABLE credentials (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    name text NOT NULL,
    generation bigint NOT NULL CHECK (generation >= 1),
    sealed bytea,
    data_key_id uuid,
    fingerprint text,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, name),
    FOREIGN KEY (organization_id, data_key_id) REFERENCES data_keys (organization_id, id),
    CHECK ((sealed IS NULL) = (data_key_id IS NULL) AND (sealed IS NULL) = (fingerprint IS NULL))
);
CALL isolate('credentials');
CALL open_to_snapshot('credentials');
GRANT SELECT, INSERT ON credentials TO keyreeve_app;
GRANT UPDATE (generation, sealed, data_key_id, fingerprint, updated_at) ON credentials TO keyreeve_app;
GRANT SELECT ON credentials TO keyreeve_snapshot;
