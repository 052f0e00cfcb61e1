-- Resources and what hangs on them. Keys are lower case: ARM compares names without case and keeps the case
-- a resource was made with, which is what `id` holds.

CREATE TABLE instance (id TEXT NOT NULL) STRICT;

CREATE TABLE resources (
    key            INTEGER PRIMARY KEY,
    kind           TEXT NOT NULL,
    subscription   TEXT NOT NULL,
    resource_group TEXT NOT NULL,
    name           TEXT NOT NULL,
    id             TEXT NOT NULL,
    location       TEXT NOT NULL,
    tags           TEXT,           -- a JSON object
    envelope_kind  TEXT,           -- the resource's own `kind`
    properties     TEXT NOT NULL,  -- the JSON object that answers show
    api            TEXT,           -- connections: key of the API's id
    UNIQUE (kind, subscription, resource_group, name)
) STRICT;

CREATE INDEX connections_by_api ON resources (api) WHERE api IS NOT NULL;

-- What lists never read: documents are large, and secrets are shown to nobody.
CREATE TABLE hidden (
    resource     INTEGER PRIMARY KEY REFERENCES resources (key) ON DELETE CASCADE,
    document     TEXT,             -- connectors: the description, byte for byte
    settings     TEXT NOT NULL,    -- a JSON object with the secrets
    redirect_url TEXT,             -- connectors: given at creation, kept from then on
    created      TEXT NOT NULL     -- RFC 3339
) STRICT;

CREATE TABLE role_assignments (
    scope        TEXT NOT NULL,
    name         TEXT NOT NULL UNIQUE, -- over all scopes
    subscription TEXT NOT NULL,
    principal    TEXT NOT NULL,
    role         TEXT NOT NULL,
    answer       TEXT NOT NULL,        -- the whole resource as JSON
    PRIMARY KEY (scope, name),         -- the order of lists
    UNIQUE (scope, principal, role)
) STRICT, WITHOUT ROWID;

-- How many there are of each kind in each subscription: counting them anew would make each creation dearer.
CREATE TABLE usage (
    kind         TEXT NOT NULL,
    subscription TEXT NOT NULL,
    items        INTEGER NOT NULL,
    PRIMARY KEY (kind, subscription)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER resource_made AFTER INSERT ON resources BEGIN
    INSERT INTO usage VALUES (NEW.kind, NEW.subscription, 1)
        ON CONFLICT (kind, subscription) DO UPDATE SET items = items + 1;
END;
CREATE TRIGGER resource_gone AFTER DELETE ON resources BEGIN
    UPDATE usage SET items = items - 1 WHERE kind = OLD.kind AND subscription = OLD.subscription;
END;
CREATE TRIGGER role_assignment_made AFTER INSERT ON role_assignments BEGIN
    INSERT INTO usage VALUES ('roleAssignments', NEW.subscription, 1)
        ON CONFLICT (kind, subscription) DO UPDATE SET items = items + 1;
END;
CREATE TRIGGER role_assignment_gone AFTER DELETE ON role_assignments BEGIN
    UPDATE usage SET items = items - 1 WHERE kind = 'roleAssignments' AND subscription = OLD.subscription;
END;
