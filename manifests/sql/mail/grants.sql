-- Puts roles, owners, views and grants in order, whatever they are now. Runs after migrations and whenever something differs.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['vectis_owner', 'vectis_api', 'vectis_postfix', 'vectis_dovecot'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
        END IF;
        EXECUTE format('ALTER ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', role_name);
    END LOOP;
END $$;

DROP VIEW IF EXISTS postfix_domains, postfix_mailboxes, postfix_aliases, postfix_catchalls, postfix_taken, postfix_senders, dovecot_users;

CREATE VIEW postfix_domains AS
    SELECT name FROM resources
    WHERE kind = 'Domain' AND namespace = '' AND active AND deletion_timestamp IS NULL;

CREATE VIEW postfix_mailboxes AS
    SELECT m.address, m.namespace AS domain, m.name AS local_part
    FROM resources m JOIN resources d ON d.uid = m.domain_uid
    WHERE m.kind = 'Mailbox' AND m.active AND m.deletion_timestamp IS NULL AND d.active AND d.deletion_timestamp IS NULL;

CREATE VIEW postfix_aliases AS
    SELECT a.address, destination
    FROM resources a JOIN resources d ON d.uid = a.domain_uid
    CROSS JOIN LATERAL jsonb_array_elements_text(a.object #> '{spec,destinations}') AS destination
    WHERE a.kind = 'Alias' AND a.active AND a.deletion_timestamp IS NULL AND d.active AND d.deletion_timestamp IS NULL;

CREATE VIEW postfix_catchalls AS
    SELECT name AS domain, object #>> '{spec,catchAll}' AS destination FROM resources
    WHERE kind = 'Domain' AND namespace = '' AND active AND deletion_timestamp IS NULL AND coalesce(object #>> '{spec,catchAll}', '') <> '';

-- Addresses that belong to somebody, disabled ones too: a catch-all must not get their mail.
CREATE VIEW postfix_taken AS
    SELECT address FROM resources WHERE kind IN ('Mailbox', 'Alias');

CREATE VIEW postfix_senders AS
    SELECT address, address AS login FROM postfix_mailboxes
  UNION ALL
    SELECT a.address, m.address AS login
    FROM resources a JOIN resources d ON d.uid = a.domain_uid
    CROSS JOIN LATERAL jsonb_array_elements_text(a.object #> '{spec,destinations}') AS destination
    JOIN postfix_mailboxes m ON m.address = destination
    WHERE a.kind = 'Alias' AND a.active AND a.deletion_timestamp IS NULL AND d.active AND d.deletion_timestamp IS NULL;

CREATE VIEW dovecot_users AS
    SELECT m.name AS username, m.namespace AS domain, m.address, '{ARGON2ID}' || c.password_hash AS password,
           -- The uid: whoever gets the address later must not get this mail.
           '/var/vectis/mail/' || m.namespace || '/' || m.name || '/' || m.uid AS home,
           coalesce((m.object #>> '{spec,quotaMiB}')::bigint, 1024) * 1048576 AS quota_bytes
    FROM resources m JOIN resources d ON d.uid = m.domain_uid LEFT JOIN credentials c ON c.mailbox_uid = m.uid
    WHERE m.kind = 'Mailbox' AND m.active AND m.deletion_timestamp IS NULL AND d.active AND d.deletion_timestamp IS NULL;

ALTER SCHEMA public OWNER TO vectis_owner;
DO $$
DECLARE
    item record;
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO vectis_owner, vectis_api, vectis_postfix, vectis_dovecot', current_database());
    FOR item IN SELECT c.oid::regclass AS name FROM pg_class c
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'S') LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO vectis_owner', item.name);
    END LOOP;
    FOR item IN SELECT p.oid::regprocedure AS name FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO vectis_owner', item.name);
    END LOOP;
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC, vectis_api, vectis_postfix, vectis_dovecot;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, vectis_api, vectis_postfix, vectis_dovecot;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, vectis_api, vectis_postfix, vectis_dovecot;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC, vectis_api, vectis_postfix, vectis_dovecot;

GRANT USAGE ON SCHEMA public TO vectis_api, vectis_postfix, vectis_dovecot;
GRANT ALL ON ALL TABLES IN SCHEMA public TO vectis_api;
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO vectis_api;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO vectis_api;
-- The record of migrations is the operator's alone.
REVOKE ALL ON schema_migrations, schema_repair FROM vectis_api;
GRANT SELECT ON postfix_domains, postfix_mailboxes, postfix_aliases, postfix_catchalls, postfix_taken, postfix_senders TO vectis_postfix;
GRANT SELECT ON dovecot_users TO vectis_dovecot;
