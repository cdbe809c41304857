-- Who may ask: users, groups, roles, service accounts and their tokens, sign-ins, sessions, revocation epochs.

CREATE TABLE users (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('invited', 'active', 'disabled')),
    -- Both are null until the first sign-in binds an invited user to an identity.
    issuer text,
    subject text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, issuer, subject),
    CHECK ((issuer IS NULL) = (subject IS NULL)),
    CHECK (status <> 'active' OR subject IS NOT NULL)
);
CALL isolate('users');
CALL open_to_snapshot('users');
GRANT SELECT, INSERT ON users TO keyreeve_app;
GRANT UPDATE (status, issuer, subject) ON users TO keyreeve_app;
GRANT SELECT (organization_id, id, status) ON users TO keyreeve_snapshot;

-- The one erasable table: mail addresses and display names live here and nowhere else.
CREATE TABLE user_details (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    mail text,
    display_name text,
    PRIMARY KEY (organization_id, user_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
);
CREATE INDEX user_details_mail ON user_details (organization_id, lower(mail));
CALL isolate('user_details');
GRANT SELECT, INSERT, UPDATE, DELETE ON user_details TO keyreeve_app;

CREATE TABLE groups (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    name text NOT NULL,
    -- Who decides that it exists: an admin, or the organization's directory.
    owner text NOT NULL DEFAULT 'manual' CHECK (owner IN ('manual', 'directory')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, name)
);
CALL isolate('groups');
GRANT SELECT, INSERT, DELETE ON groups TO keyreeve_app;

CREATE TABLE group_members (
    organization_id uuid NOT NULL,
    group_name text NOT NULL,
    user_id uuid NOT NULL,
    owner text NOT NULL DEFAULT 'manual' CHECK (owner IN ('manual', 'directory')),
    PRIMARY KEY (organization_id, group_name, user_id),
    FOREIGN KEY (organization_id, group_name) REFERENCES groups (organization_id, name),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
);
CREATE INDEX group_members_user ON group_members (organization_id, user_id);
CALL isolate('group_members');
CALL open_to_snapshot('group_members');
GRANT SELECT, INSERT, DELETE ON group_members TO keyreeve_app;
GRANT SELECT ON group_members TO keyreeve_snapshot;

CREATE TABLE role_grants (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL CHECK (role IN (
        'platform-operator', 'organization-admin', 'policy-author', 'approver', 'auditor', 'developer')),
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, user_id, role),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id),
    -- An operator has no role inside an organization, and nobody but an operator stands outside of all.
    CHECK ((role = 'platform-operator') = (organization_id = '00000000-0000-0000-0000-000000000000'))
);
CALL isolate('role_grants');
CALL open_to_snapshot('role_grants');
GRANT SELECT, INSERT, DELETE ON role_grants TO keyreeve_app;
GRANT UPDATE (expires_at) ON role_grants TO keyreeve_app;
GRANT SELECT ON role_grants TO keyreeve_snapshot;

-- An invited user's open door: consumed by the first sign-in that proves the mail address in user_details.
CREATE TABLE invitations (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    consumed_at timestamptz,
    PRIMARY KEY (organization_id, user_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
);
CALL isolate('invitations');
GRANT SELECT, INSERT ON invitations TO keyreeve_app;
GRANT UPDATE (expires_at, consumed_at) ON invitations TO keyreeve_app;

CREATE TABLE service_accounts (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    name text NOT NULL,
    roles text[] NOT NULL CHECK (roles <@ ARRAY['organization-admin', 'policy-author', 'auditor', 'developer']),
    -- Which profiles it may use; null leaves that to the profiles' own rules.
    profiles text[],
    disabled_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, name)
);
CALL isolate('service_accounts');
CALL open_to_snapshot('service_accounts');
GRANT SELECT, INSERT ON service_accounts TO keyreeve_app;
GRANT UPDATE (roles, profiles, disabled_at) ON service_accounts TO keyreeve_app;
GRANT SELECT ON service_accounts TO keyreeve_snapshot;

-- The verifier is an HMAC of the token's secret under a key that is not in the database.
CREATE TABLE api_tokens (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    service_account_id uuid NOT NULL,
    verifier bytea NOT NULL CHECK (octet_length(verifier) = 32),
    scopes text[] NOT NULL DEFAULT '{}',
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, service_account_id) REFERENCES service_accounts (organization_id, id)
);
CREATE INDEX api_tokens_account ON api_tokens (organization_id, service_account_id);
CALL isolate('api_tokens');
CALL open_to_snapshot('api_tokens');
GRANT SELECT, INSERT ON api_tokens TO keyreeve_app;
GRANT UPDATE (revoked_at) ON api_tokens TO keyreeve_app;
GRANT SELECT ON api_tokens TO keyreeve_snapshot;

-- A sign-in under way: its nonce, as a digest, works once.
CREATE TABLE sign_ins (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    issuer text NOT NULL,
    nonce_digest bytea NOT NULL CHECK (octet_length(nonce_digest) = 32),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX sign_ins_expiry ON sign_ins (organization_id, expires_at);
CALL isolate('sign_ins');
GRANT SELECT, INSERT, DELETE ON sign_ins TO keyreeve_app;
GRANT UPDATE (used_at) ON sign_ins TO keyreeve_app;

-- A printed code that signs one user in, once.
CREATE TABLE one_time_codes (
    organization_id uuid NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    user_id uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (organization_id, digest),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
);
CALL isolate('one_time_codes');
GRANT SELECT, INSERT, DELETE ON one_time_codes TO keyreeve_app;
GRANT UPDATE (used_at) ON one_time_codes TO keyreeve_app;

-- A session family. Only digests of its refresh tokens are here; the tokens can be derived again from the session's
-- id and generation, under a key that is not in the database.
CREATE TABLE sessions (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    generation bigint NOT NULL CHECK (generation >= 1),
    refresh_digest bytea NOT NULL CHECK (octet_length(refresh_digest) = 32),
    -- The token before this one, answered with the same successor for a minute after rotated_at.
    previous_digest bytea CHECK (octet_length(previous_digest) = 32),
    rotated_at timestamptz,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX sessions_user ON sessions (organization_id, user_id);
CALL isolate('sessions');
GRANT SELECT, INSERT ON sessions TO keyreeve_app;
GRANT UPDATE (generation, refresh_digest, previous_digest, rotated_at, expires_at, ended_at, end_reason)
    ON sessions TO keyreeve_app;

-- Revocation: a token carries the epochs it was minted under, and one that has grown since makes it void.
-- A subject without a row is at epoch 0.
CREATE TABLE epochs (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    kind text NOT NULL CHECK (kind IN ('organization', 'user', 'session', 'service_account')),
    subject_id uuid NOT NULL,
    epoch bigint NOT NULL CHECK (epoch >= 1),
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, kind, subject_id)
);
CALL isolate('epochs');
CALL open_to_snapshot('epochs');
GRANT SELECT, INSERT, DELETE ON epochs TO keyreeve_app;
GRANT UPDATE (epoch, changed_at) ON epochs TO keyreeve_app;
GRANT SELECT ON epochs TO keyreeve_snapshot;
