-- Keyreeve's database roles. A superuser runs this once per cluster, before the first migration; running it again
-- changes nothing. None of these roles is a superuser or bypasses row-level security, and the server refuses to start
-- as one that does.
--
-- Then, still as the superuser:   CREATE DATABASE keyreeve OWNER keyreeve_owner;
-- Passwords or a pg_ident map for the LOGIN roles are the operator's choice; this file sets none.

DO $roles$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY[
        'keyreeve_owner', 'keyreeve_migrate', 'keyreeve_app', 'keyreeve_snapshot', 'keyreeve_ship',
        'keyreeve_sequence', 'keyreeve_audit_reader', 'keyreeve_retention'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
            EXECUTE pg_catalog.format('CREATE ROLE %I', role_name);
        END IF;
    END LOOP;
END
$roles$;

-- Owns every table and can log in nowhere: only a migration becomes it, by SET ROLE.
ALTER ROLE keyreeve_owner NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION INHERIT;
-- `keyreeved migrate` and `keyreeved init`. NOINHERIT: without SET ROLE it may do nothing.
ALTER ROLE keyreeve_migrate LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT;
-- Requests, inside one organization at a time.
ALTER ROLE keyreeve_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT;
-- Reads what a snapshot is compiled from, of every organization: never audit, sessions or personal details.
ALTER ROLE keyreeve_snapshot LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT;
-- Brings journal frames into the audit intake.
ALTER ROLE keyreeve_ship LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT;
-- Moves the intake into the ledger.
ALTER ROLE keyreeve_sequence LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT;
-- Reads the ledger, inside one organization at a time.
ALTER ROLE keyreeve_audit_reader LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT;
-- May call one procedure, which releases old intake rows.
ALTER ROLE keyreeve_retention LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT;

GRANT keyreeve_owner TO keyreeve_migrate;

-- A session that forgets its transaction gives the row locks back by itself.
ALTER ROLE keyreeve_app SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE keyreeve_snapshot SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE keyreeve_ship SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE keyreeve_sequence SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE keyreeve_audit_reader SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE keyreeve_app SET lock_timeout = '5s';
