-- One text that changes when an owner, a grant, a view or a role's rights change. The reconciler keeps the one that it saw after
-- the repair and repairs again when it sees another.
SELECT md5(string_agg(fact, E'\n' ORDER BY fact)) AS fingerprint
FROM (
    SELECT concat_ws(' ', 'relation', c.relkind, c.relname, pg_get_userbyid(c.relowner),
                     (SELECT string_agg(entry::text, ',' ORDER BY entry::text) FROM unnest(c.relacl) AS entry),
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
    SELECT concat_ws(' ', 'database', (SELECT string_agg(entry::text, ',' ORDER BY entry::text) FROM unnest(d.datacl) AS entry))
    FROM pg_database d WHERE d.datname = current_database()
  UNION ALL
    SELECT concat_ws(' ', 'role', r.rolname, r.rolsuper, r.rolcreatedb, r.rolcreaterole, r.rolreplication, r.rolbypassrls)
    FROM pg_roles r WHERE r.rolname IN ('vectis_owner', 'vectis_api', 'vectis_postfix', 'vectis_dovecot')
  UNION ALL
    SELECT concat_ws(' ', 'member', pg_get_userbyid(m.member), pg_get_userbyid(m.roleid))
    FROM pg_auth_members m WHERE pg_get_userbyid(m.member) LIKE 'vectis\_%'
) facts
