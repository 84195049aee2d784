-- Puts roles, owners, views and grants in order, whatever they are now. Runs after migrations and whenever something differs.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['vectis_owner', 'vectis_api', 'vectis_postfix', 'vectis_dovecot'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
        END IF;
        EXECUTE format('ALTER ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT'
                       ' CONNECTION LIMIT -1 VALID UNTIL ''infinity''', role_name);
        -- A setting such as search_path would show a mail server other tables under the names of its views.
        EXECUTE format('ALTER ROLE %I RESET ALL', role_name);
        EXECUTE format('ALTER ROLE %I IN DATABASE %I RESET ALL', role_name, current_database());
    END LOOP;
END $$;

DROP VIEW IF EXISTS mail_routes, live_routes, live_domains, postfix_domains, postfix_mailboxes, postfix_aliases, postfix_catchalls,
    postfix_taken, postfix_senders, dovecot_users, map_domains, map_aliases, map_catchall, map_identity, map_mailboxes, map_senders, map_users;

CREATE VIEW live_domains AS
    SELECT name FROM resources
    WHERE kind = 'Domain' AND namespace = '' AND active AND deletion_timestamp IS NULL;

CREATE VIEW postfix_mailboxes AS
    SELECT m.address, m.namespace AS domain, m.name AS local_part
    FROM resources m JOIN resources d ON d.uid = m.domain_uid
    WHERE m.kind = 'Mailbox' AND m.active AND m.deletion_timestamp IS NULL AND d.active AND d.deletion_timestamp IS NULL;

-- Where an alias and, with the address '@domain', a catch-all send mail. `target` is what the lookup of the destination finds:
-- without a tag.
CREATE VIEW mail_routes AS
    SELECT r.kind, r.name, r.address, destination, regexp_replace(destination, '\+[^@]*@', '@') AS target
    FROM resources r LEFT JOIN resources d ON d.uid = r.domain_uid
    CROSS JOIN LATERAL jsonb_array_elements_text(
        CASE r.kind WHEN 'Alias' THEN r.object #> '{spec,destinations}'
                    WHEN 'Domain' THEN jsonb_build_array(r.object #>> '{spec,catchAll}') END) AS destination
    WHERE r.kind IN ('Domain', 'Alias') AND r.active AND r.deletion_timestamp IS NULL AND destination <> ''
      AND (r.kind = 'Domain' OR d.active AND d.deletion_timestamp IS NULL);

-- The routes that end somewhere, over however many aliases and catch-alls: in an active mailbox or in a domain of somebody else.
-- Postfix must not take mail for the others: it would have to bounce it, to a sender that may be forged.
CREATE VIEW live_routes AS
    WITH RECURSIVE steps AS (
        -- A catch-all takes what belongs to nobody.
        SELECT r.kind, r.name, r.address, r.destination, hosted.uid IS NULL AS is_foreign,
               coalesce(taken.address, '@' || split_part(r.target, '@', 2)) AS next
        FROM mail_routes r LEFT JOIN resources taken ON taken.address = r.target
        LEFT JOIN resources hosted ON hosted.address = '@' || split_part(r.target, '@', 2)
    ), live (address) AS (
        (SELECT address FROM postfix_mailboxes UNION ALL SELECT address FROM steps WHERE is_foreign)
      UNION
        SELECT s.address FROM live JOIN steps s ON s.next = live.address
    )
    SELECT s.kind, s.name, s.address, s.destination FROM steps s LEFT JOIN live ON live.address = s.next
    WHERE s.is_foreign OR live.address IS NOT NULL;

CREATE VIEW postfix_senders AS
    SELECT address, address AS login FROM postfix_mailboxes
  UNION ALL
    SELECT a.address, m.address AS login
    FROM resources a JOIN resources d ON d.uid = a.domain_uid
    CROSS JOIN LATERAL jsonb_array_elements_text(a.object #> '{spec,destinations}') AS destination
    JOIN postfix_mailboxes m ON m.address = destination
    WHERE a.kind = 'Alias' AND a.active AND a.deletion_timestamp IS NULL AND d.active AND d.deletion_timestamp IS NULL;

-- What the Postfix of the release before asks for: it runs until it is replaced, and again if the update is taken back.
CREATE VIEW postfix_domains AS
    SELECT name FROM live_domains;
CREATE VIEW postfix_aliases AS
    SELECT address, destination FROM live_routes WHERE kind = 'Alias';
CREATE VIEW postfix_catchalls AS
    SELECT name AS domain, destination FROM live_routes WHERE kind = 'Domain';
CREATE VIEW postfix_taken AS
    SELECT address FROM resources WHERE kind IN ('Mailbox', 'Alias');

-- What the controller writes into the lookup tables of the mail servers: one row for each key.
CREATE VIEW map_domains AS
    SELECT name AS key, 'OK' AS value FROM live_domains;

CREATE VIEW map_aliases AS
    SELECT address AS key, string_agg(destination, ', ' ORDER BY destination) AS value
    FROM live_routes WHERE kind = 'Alias' GROUP BY address;

CREATE VIEW map_catchall AS
    SELECT address AS key, destination AS value FROM live_routes WHERE kind = 'Domain';

-- Every address that belongs to somebody, disabled ones too: a catch-all must not get their mail. Aliases that lead somewhere are asked
-- for before; they are in it too, so that in no moment of a change an address belongs to nobody.
CREATE VIEW map_identity AS
    SELECT address AS key, address AS value FROM resources WHERE kind IN ('Mailbox', 'Alias');

-- What Postfix does with a recipient: ask for the quota of a mailbox, or refuse an address that takes no mail now.
CREATE VIEW map_mailboxes AS
    SELECT i.key, CASE WHEN m.address IS NULL THEN '550 5.1.1 User unknown' ELSE 'quota' END AS value
    FROM map_identity i LEFT JOIN postfix_mailboxes m ON m.address = i.key
    WHERE NOT EXISTS (SELECT FROM map_aliases a WHERE a.key = i.key);

CREATE VIEW map_senders AS
    SELECT address AS key, string_agg(login, ', ' ORDER BY login) AS value FROM postfix_senders GROUP BY address;

CREATE VIEW dovecot_users AS
    SELECT m.name AS username, m.namespace AS domain, m.address, '{ARGON2ID}' || c.password_hash AS password,
           -- The uid: whoever gets the address later must not get this mail.
           '/var/vectis/mail/' || m.namespace || '/' || m.name || '/' || m.uid AS home,
           coalesce((m.object #>> '{spec,quotaMiB}')::bigint, 1024) * 1048576 AS quota_bytes
    FROM resources m JOIN resources d ON d.uid = m.domain_uid LEFT JOIN credentials c ON c.mailbox_uid = m.uid
    WHERE m.kind = 'Mailbox' AND m.active AND m.deletion_timestamp IS NULL AND d.active AND d.deletion_timestamp IS NULL;

-- Lines of a passwd-file without the address in front. A mailbox is in it only while its finalizer keeps it from being gone before its
-- line is: whoever gets the address next must not be led to the old mail.
CREATE VIEW map_users AS
    SELECT u.address AS key, u.password || '::::' || u.home || '::userdb_quota_storage_size='
           || CASE WHEN u.quota_bytes > 0 THEN u.quota_bytes || 'B' ELSE 'unlimited' END AS value
    FROM dovecot_users u JOIN resources m ON m.address = u.address
    WHERE u.password IS NOT NULL AND m.finalizers ? 'vectis.dev/maps';

-- Everything belongs to vectis_owner, and every right and membership that somebody gave by hand goes, whoever has it.
ALTER SCHEMA public OWNER TO vectis_owner;
DO $$
DECLARE
    item record;
    grantee text;
BEGIN
    EXECUTE format('ALTER DATABASE %I OWNER TO CURRENT_USER', current_database());
    FOR item IN SELECT c.oid::regclass AS name FROM pg_class c
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'S', 'm', 'f', 'p') LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO vectis_owner', item.name);
    END LOOP;
    FOR item IN SELECT p.oid::regprocedure AS name FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace LOOP
        EXECUTE format('ALTER ROUTINE %s OWNER TO vectis_owner', item.name);
    END LOOP;
    FOR item IN SELECT roleid::regrole AS role, member::regrole AS member, grantor::regrole AS grantor FROM pg_auth_members
                WHERE ARRAY[roleid, member]::regrole[]
                   && ARRAY['vectis_owner', 'vectis_api', 'vectis_postfix', 'vectis_dovecot']::regrole[] LOOP
        EXECUTE format('REVOKE %s FROM %s GRANTED BY %s CASCADE', item.role, item.member, item.grantor);
    END LOOP;
    -- What a relation's grantee loses includes its columns.
    FOR grantee IN
        SELECT DISTINCT CASE entry.grantee WHEN 0 THEN 'PUBLIC' ELSE entry.grantee::regrole::text END
        FROM (SELECT relacl FROM pg_class WHERE relnamespace = 'public'::regnamespace
            UNION ALL SELECT attacl FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                      WHERE c.relnamespace = 'public'::regnamespace
            UNION ALL SELECT coalesce(proacl, acldefault('f', proowner)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            UNION ALL SELECT coalesce(nspacl, acldefault('n', nspowner)) FROM pg_namespace WHERE nspname = 'public'
            UNION ALL SELECT coalesce(datacl, acldefault('d', datdba)) FROM pg_database WHERE datname = current_database()
        ) AS lists (acl) CROSS JOIN LATERAL aclexplode(lists.acl) AS entry
    LOOP
        EXECUTE format('REVOKE ALL ON DATABASE %I FROM %s CASCADE', current_database(), grantee);
        EXECUTE format('REVOKE ALL ON SCHEMA public FROM %s CASCADE', grantee);
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %s CASCADE', grantee);
        EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM %s CASCADE', grantee);
        EXECUTE format('REVOKE ALL ON ALL ROUTINES IN SCHEMA public FROM %s CASCADE', grantee);
    END LOOP;
    EXECUTE format('GRANT ALL ON DATABASE %I TO CURRENT_USER', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO vectis_owner, vectis_api, vectis_postfix, vectis_dovecot', current_database());
END $$;

-- Views read with their owner's rights.
GRANT ALL ON SCHEMA public TO vectis_owner;
GRANT ALL ON ALL TABLES IN SCHEMA public TO vectis_owner;
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO vectis_owner;
GRANT ALL ON ALL ROUTINES IN SCHEMA public TO vectis_owner;
GRANT USAGE ON SCHEMA public TO vectis_api, vectis_postfix, vectis_dovecot;
GRANT ALL ON ALL TABLES IN SCHEMA public TO vectis_api;
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO vectis_api;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA public TO vectis_api;
-- The record of migrations is the operator's alone.
REVOKE ALL ON schema_migrations, schema_repair FROM vectis_api;
GRANT SELECT ON postfix_mailboxes, postfix_senders, postfix_domains, postfix_aliases, postfix_catchalls, postfix_taken TO vectis_postfix;
GRANT SELECT ON dovecot_users TO vectis_dovecot;
