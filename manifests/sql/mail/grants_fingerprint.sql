-- One text that changes when an owner, a grant, a view or a role's rights change. The reconciler keeps the one that it saw after
-- the repair and repairs again when it sees another.
WITH ours AS (
    SELECT * FROM pg_roles WHERE rolname IN ('vectis_owner', 'vectis_api', 'vectis_postfix', 'vectis_dovecot')
)
SELECT md5(string_agg(fact, E'\n' ORDER BY fact)) AS fingerprint
FROM (
    SELECT concat_ws(' ', 'relation', c.relkind, c.relname, pg_get_userbyid(c.relowner),
                     (SELECT string_agg(entry::text, ',' ORDER BY entry::text) FROM unnest(c.relacl) AS entry),
                     (SELECT string_agg(concat_ws(' ', a.attname, entry::text), ',' ORDER BY a.attnum, entry::text)
                      FROM pg_attribute a CROSS JOIN LATERAL unnest(a.attacl) AS entry WHERE a.attrelid = c.oid),
                     c.reloptions::text,
                     CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END) AS fact
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'S', 'm', 'f', 'p')
  UNION ALL
    SELECT concat_ws(' ', 'function', p.oid::regprocedure, pg_get_userbyid(p.proowner),
                     (SELECT string_agg(entry::text, ',' ORDER BY entry::text) FROM unnest(p.proacl) AS entry))
    FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
  UNION ALL
    SELECT concat_ws(' ', 'schema', n.nspname, pg_get_userbyid(n.nspowner),
                     (SELECT string_agg(entry::text, ',' ORDER BY entry::text) FROM unnest(n.nspacl) AS entry))
    FROM pg_namespace n WHERE n.nspname = 'public'
  UNION ALL
    SELECT concat_ws(' ', 'database', pg_get_userbyid(d.datdba),
                     (SELECT string_agg(entry::text, ',' ORDER BY entry::text) FROM unnest(d.datacl) AS entry))
    FROM pg_database d WHERE d.datname = current_database()
  UNION ALL
    SELECT concat_ws(' ', 'role', rolname, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolinherit,
                     rolconnlimit, rolvaliduntil)
    FROM ours
  UNION ALL
    SELECT concat_ws(' ', 'setting', ours.rolname, s.setdatabase = 0, s.setconfig::text)
    FROM pg_db_role_setting s JOIN ours ON ours.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase
    WHERE s.setdatabase = 0 OR d.datname = current_database()
  UNION ALL
    SELECT concat_ws(' ', 'member', pg_get_userbyid(m.member), pg_get_userbyid(m.roleid), pg_get_userbyid(m.grantor), m.admin_option)
    FROM pg_auth_members m WHERE m.member IN (SELECT oid FROM ours) OR m.roleid IN (SELECT oid FROM ours)
) facts
