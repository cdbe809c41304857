-- What policy says: immutable revisions, and what they mean for each profile as rows that people can query.

CREATE TABLE policy_revisions (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    number bigint NOT NULL CHECK (number >= 1),
    -- {"path": "text"}: the documents as they were applied.
    documents jsonb NOT NULL CHECK (jsonb_typeof(documents) = 'object'),
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    author_kind text NOT NULL,
    author_id uuid NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, number)
);
CALL isolate('policy_revisions');
CALL open_to_snapshot('policy_revisions');
GRANT SELECT, INSERT ON policy_revisions TO keyreeve_app;
GRANT SELECT ON policy_revisions TO keyreeve_snapshot;

-- As they hold for someone in no group.
CREATE TABLE providers (
    organization_id uuid NOT NULL,
    revision bigint NOT NULL,
    profile text NOT NULL,
    provider text NOT NULL,
    name text NOT NULL,
    base_url text NOT NULL,
    wire_api text NOT NULL,
    access text NOT NULL CHECK (access IN ('relay', 'token', 'direct')),
    credential text,
    PRIMARY KEY (organization_id, revision, profile, provider),
    FOREIGN KEY (organization_id, revision) REFERENCES policy_revisions (organization_id, number)
);
CALL isolate('providers');
GRANT SELECT, INSERT ON providers TO keyreeve_app;

-- A row for every profile, as it holds for someone in no group; null where policy leaves a field open.
CREATE TABLE forced_login_policies (
    organization_id uuid NOT NULL,
    revision bigint NOT NULL,
    profile text NOT NULL,
    forced_method text CHECK (forced_method IN ('chatgpt', 'api')),
    allowed_methods text[],
    allowed_workspaces text[],
    credentials_store text CHECK (credentials_store IN ('ephemeral', 'keyring', 'file', 'auto')),
    sign_out_others boolean NOT NULL,
    session_store text NOT NULL CHECK (session_store IN ('ephemeral', 'keyring', 'file', 'auto')),
    PRIMARY KEY (organization_id, revision, profile),
    FOREIGN KEY (organization_id, revision) REFERENCES policy_revisions (organization_id, number)
);
CALL isolate('forced_login_policies');
GRANT SELECT, INSERT ON forced_login_policies TO keyreeve_app;
