-- Password hashes, apart from the objects: whoever reads, watches or audits objects never sees one. `source` is a keyed hash of
-- the password, which tells whether it is still the one that is wanted; nobody can test guesses with it without the key.
CREATE TABLE credentials (
    mailbox_uid   uuid PRIMARY KEY REFERENCES resources (uid) ON DELETE CASCADE,
    password_hash text NOT NULL CHECK (password_hash ~ '^\$argon2id\$v=[0-9]+\$m=[0-9]+,t=[0-9]+,p=[0-9]+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$'),
    source        text NOT NULL,
    updated_at    timestamptz NOT NULL DEFAULT now()
);
