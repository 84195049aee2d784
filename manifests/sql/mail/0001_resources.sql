-- The mail kinds. `object` is the accepted JSON in wire form and the one source of truth; the other columns are read from it by
-- a trigger, so that they can be indexed and constrained.
CREATE TABLE resources (
    uid                uuid PRIMARY KEY,
    kind               text NOT NULL CHECK (kind IN ('Domain', 'Mailbox', 'Alias')),
    namespace          text NOT NULL,
    name               text NOT NULL,
    object             jsonb NOT NULL,
    generation         bigint NOT NULL CHECK (generation > 0),
    resource_version   bigint NOT NULL,
    labels             jsonb NOT NULL,
    finalizers         jsonb NOT NULL,
    owner_references   jsonb NOT NULL,
    managed_fields     jsonb NOT NULL,
    deletion_timestamp timestamptz,
    domain_uid         uuid REFERENCES resources (uid),
    active             boolean NOT NULL,
    -- What a mail server looks up: the address, or '@domain' of a Domain for its catch-all.
    address            text GENERATED ALWAYS AS (
                           CASE kind WHEN 'Domain' THEN '@' || name ELSE name || '@' || namespace END) STORED,
    UNIQUE (kind, namespace, name),
    CHECK ((kind = 'Domain') = (namespace = '')),
    CHECK ((kind = 'Domain') = (domain_uid IS NULL)),
    -- A local part is a folder name too: no slash, and no dots that mean another folder.
    CHECK (kind = 'Domain' OR (name ~ '^[a-z0-9._''-]{1,64}$' AND name !~ '^\.|\.\.|\.$')),
    CHECK (kind <> 'Domain' OR (length(name) <= 253
        AND name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$'))
);

-- An address is a mailbox or an alias, never both.
CREATE UNIQUE INDEX resources_address ON resources (address);
CREATE INDEX resources_domain ON resources (domain_uid, kind);

CREATE SEQUENCE resource_versions;

-- What a watch replays. `object` is the last state for deletions too.
CREATE TABLE resource_log (
    resource_version bigint PRIMARY KEY,
    type             text NOT NULL CHECK (type IN ('ADDED', 'MODIFIED', 'DELETED')),
    object           jsonb NOT NULL,
    previous         jsonb
);

-- One row: changes up to this version are no longer in the log.
CREATE TABLE resource_log_state (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    pruned   bigint NOT NULL
);
INSERT INTO resource_log_state (pruned) VALUES (0);

-- Whoever changes resources holds this lock until the commit, so versions become visible in their order. It comes before every
-- row lock: one order of locks, no deadlock.
CREATE FUNCTION lock_resource_versions() RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtext('vectis.resource_versions'))
$$;

CREATE FUNCTION resources_lock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_resource_versions();
    RETURN NULL;
END $$;

-- Refuses to end a domain that has mailboxes or aliases. FOR UPDATE waits for inserts that hold it FOR SHARE.
CREATE FUNCTION refuse_domain_in_use(domain resources) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    mailboxes bigint;
    aliases   bigint;
BEGIN
    PERFORM 1 FROM resources WHERE uid = domain.uid FOR UPDATE;
    SELECT count(*) FILTER (WHERE kind = 'Mailbox'), count(*) FILTER (WHERE kind = 'Alias')
      INTO mailboxes, aliases FROM resources WHERE domain_uid = domain.uid;
    IF mailboxes + aliases > 0 THEN
        RAISE EXCEPTION 'domain % still has % mailboxes and % aliases', domain.name, mailboxes, aliases USING ERRCODE = 'VM001';
    END IF;
END $$;

-- FOR SHARE keeps the domain until the commit; a domain that is going or full takes nothing new.
CREATE FUNCTION domain_for(child_kind text, domain_name text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    domain resources;
    limit_ bigint;
    used   bigint;
BEGIN
    SELECT * INTO domain FROM resources WHERE kind = 'Domain' AND namespace = '' AND name = domain_name FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no domain %', domain_name USING ERRCODE = 'VM002';
    END IF;
    IF domain.deletion_timestamp IS NOT NULL THEN
        RAISE EXCEPTION 'domain % is being deleted', domain_name USING ERRCODE = 'VM003';
    END IF;
    limit_ := coalesce((domain.object #>> '{spec,maxMailboxes}')::bigint, 0);
    IF child_kind = 'Mailbox' AND limit_ > 0 THEN
        SELECT count(*) INTO used FROM resources WHERE domain_uid = domain.uid AND kind = 'Mailbox';
        IF used >= limit_ THEN
            RAISE EXCEPTION 'domain % has % mailboxes, its limit is %', domain_name, used, limit_ USING ERRCODE = 'VM004';
        END IF;
    END IF;
    RETURN domain.uid;
END $$;

CREATE FUNCTION resources_write() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    metadata jsonb := NEW.object -> 'metadata';
BEGIN
    NEW.uid := (metadata ->> 'uid')::uuid;
    NEW.kind := NEW.object ->> 'kind';
    NEW.namespace := coalesce(metadata ->> 'namespace', '');
    NEW.name := metadata ->> 'name';
    NEW.generation := (metadata ->> 'generation')::bigint;
    NEW.labels := coalesce(metadata -> 'labels', '{}');
    NEW.finalizers := coalesce(metadata -> 'finalizers', '[]');
    NEW.owner_references := coalesce(metadata -> 'ownerReferences', '[]');
    NEW.managed_fields := coalesce(metadata -> 'managedFields', '[]');
    NEW.deletion_timestamp := (metadata ->> 'deletionTimestamp')::timestamptz;
    NEW.active := coalesce((NEW.object #>> '{spec,active}')::boolean, true);
    IF TG_OP = 'INSERT' THEN
        NEW.domain_uid := CASE WHEN NEW.kind <> 'Domain' THEN domain_for(NEW.kind, NEW.namespace) END;
    ELSE
        IF (NEW.uid, NEW.kind, NEW.namespace, NEW.name) IS DISTINCT FROM (OLD.uid, OLD.kind, OLD.namespace, OLD.name) THEN
            RAISE EXCEPTION 'the identity of an object cannot change' USING ERRCODE = 'VM005';
        END IF;
        NEW.domain_uid := OLD.domain_uid;
        IF NEW.kind = 'Domain' AND NEW.deletion_timestamp IS NOT NULL AND OLD.deletion_timestamp IS NULL THEN
            PERFORM refuse_domain_in_use(OLD);
        END IF;
    END IF;
    NEW.resource_version := nextval('resource_versions');
    NEW.object := jsonb_set(NEW.object, '{metadata,resourceVersion}', to_jsonb(NEW.resource_version::text));
    RETURN NEW;
END $$;

CREATE FUNCTION resources_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.kind = 'Domain' THEN
        PERFORM refuse_domain_in_use(OLD);
    END IF;
    RETURN OLD;
END $$;

-- Keeps the newest 100,000 changes.
CREATE FUNCTION prune_resource_log(version bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM resource_log WHERE resource_version <= version - 100000;
    UPDATE resource_log_state SET pruned = greatest(pruned, version - 100000);
END $$;

-- The state that a deletion reports: what the program says it was last (`vectis.last_state`), else what was stored.
CREATE FUNCTION last_state(stored jsonb, version bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    said jsonb := nullif(current_setting('vectis.last_state', true), '')::jsonb;
BEGIN
    IF said #>> '{metadata,uid}' IS DISTINCT FROM stored #>> '{metadata,uid}' THEN
        said := stored;
    END IF;
    RETURN jsonb_set(said, '{metadata,resourceVersion}', to_jsonb(version::text));
END $$;

CREATE FUNCTION resources_log() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    version bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        version := NEW.resource_version;
        INSERT INTO resource_log VALUES (version, 'ADDED', NEW.object, NULL);
    ELSIF TG_OP = 'UPDATE' THEN
        version := NEW.resource_version;
        INSERT INTO resource_log VALUES (version, 'MODIFIED', NEW.object, OLD.object);
    ELSE
        version := nextval('resource_versions');
        INSERT INTO resource_log VALUES (version, 'DELETED', last_state(OLD.object, version), OLD.object);
    END IF;
    IF version % 1000 = 0 THEN
        PERFORM prune_resource_log(version);
    END IF;
    PERFORM pg_notify('vectis_resources', '');
    RETURN NULL;
END $$;

CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON resources FOR EACH STATEMENT EXECUTE FUNCTION resources_lock();
CREATE TRIGGER b_write BEFORE INSERT OR UPDATE ON resources FOR EACH ROW EXECUTE FUNCTION resources_write();
CREATE TRIGGER b_delete BEFORE DELETE ON resources FOR EACH ROW EXECUTE FUNCTION resources_delete();
CREATE TRIGGER c_log AFTER INSERT OR UPDATE OR DELETE ON resources FOR EACH ROW EXECUTE FUNCTION resources_log();
