//! Every statement of the registry's SQLite database. No client.

/// The version of the schema, in SQLite's `user_version`.
pub(super) const SCHEMA_VERSION: i64 = 1;
/// Makes the schema in an empty database.
pub(super) const SCHEMA: &str = include_str!("schema.sql");

pub(super) const READ_VERSION: &str = "PRAGMA user_version";
pub(super) const WRITE_VERSION: &str = "PRAGMA user_version = 1";
pub(super) const READ_INSTANCE: &str = "SELECT id FROM instance";
pub(super) const WRITE_INSTANCE: &str = "INSERT INTO instance (id) VALUES (?1)";

pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";
pub(super) const COMMIT: &str = "COMMIT";
pub(super) const ROLLBACK: &str = "ROLLBACK";
/// What happens between the two leaves no trace.
pub(super) const BEGIN_TRIAL: &str = "SAVEPOINT trial";
pub(super) const END_TRIAL: &str = "ROLLBACK TO trial; RELEASE trial";

/// Columns: [`super::Resource`]'s fields in their order.
pub(super) const RESOURCE: &str = "\
    SELECT id, location, tags, envelope_kind, properties FROM resources
    WHERE kind = ?1 AND subscription = ?2 AND resource_group = ?3 AND name = ?4";
pub(super) const DOCUMENT: &str = "\
    SELECT hidden.document FROM resources JOIN hidden ON hidden.resource = resources.key
    WHERE kind = ?1 AND subscription = ?2 AND resource_group = ?3 AND name = ?4";
/// A page of a group. Columns as [`RESOURCE`], then the two parts of the place in the list.
pub(super) const RESOURCES_OF_GROUP: &str = "\
    SELECT id, location, tags, envelope_kind, properties, resource_group, name FROM resources
    WHERE kind = ?1 AND subscription = ?2 AND resource_group = ?3 AND name > ?4
    ORDER BY name LIMIT ?5";
/// A page of a subscription.
pub(super) const RESOURCES_OF_SUBSCRIPTION: &str = "\
    SELECT id, location, tags, envelope_kind, properties, resource_group, name FROM resources
    WHERE kind = ?1 AND subscription = ?2 AND (resource_group, name) > (?3, ?4)
    ORDER BY resource_group, name LIMIT ?5";
/// One id for each group that holds anything.
pub(super) const GROUPS: &str = "\
    SELECT resource_group, min(id) FROM resources WHERE subscription = ?1
    GROUP BY resource_group ORDER BY resource_group";

/// What a PUT has to know of the resource it meets.
pub(super) const STANDING: &str = "\
    SELECT resources.id, resources.location, hidden.redirect_url, hidden.created
    FROM resources JOIN hidden ON hidden.resource = resources.key
    WHERE kind = ?1 AND subscription = ?2 AND resource_group = ?3 AND name = ?4";
pub(super) const PUT_RESOURCE: &str = "\
    INSERT INTO resources
        (kind, subscription, resource_group, name, id, location, tags, envelope_kind, properties, api)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    ON CONFLICT (kind, subscription, resource_group, name) DO UPDATE SET
        tags = excluded.tags, envelope_kind = excluded.envelope_kind,
        properties = excluded.properties, api = excluded.api
    RETURNING key";
pub(super) const PUT_HIDDEN: &str = "\
    INSERT INTO hidden (resource, document, settings, redirect_url, created) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (resource) DO UPDATE SET document = excluded.document, settings = excluded.settings";
pub(super) const RETAG: &str = "\
    UPDATE resources SET tags = ?5
    WHERE kind = ?1 AND subscription = ?2 AND resource_group = ?3 AND name = ?4";
pub(super) const DELETE_RESOURCE: &str = "\
    DELETE FROM resources WHERE kind = ?1 AND subscription = ?2 AND resource_group = ?3 AND name = ?4";
pub(super) const DELETE_CONNECTIONS_OF: &str =
    "DELETE FROM resources WHERE api = ?1 AND subscription = ?2 RETURNING id";

pub(super) const USAGE: &str = "SELECT items FROM usage WHERE kind = ?1 AND subscription = ?2";

pub(super) const ASSIGNMENT: &str = "SELECT answer FROM role_assignments WHERE name = ?1 AND scope = ?2";
/// What a PUT has to know of the assignment of that name.
pub(super) const ASSIGNMENT_NAMED: &str =
    "SELECT scope, principal, role, answer FROM role_assignments WHERE name = ?1";
pub(super) const ASSIGNMENT_OF_TUPLE: &str =
    "SELECT name FROM role_assignments WHERE scope = ?1 AND principal = ?2 AND role = ?3";
pub(super) const PUT_ASSIGNMENT: &str = "\
    INSERT INTO role_assignments (name, scope, subscription, principal, role, answer)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (name) DO UPDATE SET answer = excluded.answer";
pub(super) const DELETE_ASSIGNMENT: &str =
    "DELETE FROM role_assignments WHERE name = ?1 AND scope = ?2 RETURNING answer";
/// `?2` and `?3` bound the keys of the scopes below `?1`.
pub(super) const DELETE_ASSIGNMENTS_WITHIN: &str =
    "DELETE FROM role_assignments WHERE scope = ?1 OR (scope > ?2 AND scope < ?3)";
/// A page: at the scopes of the JSON list `?1`, and from `?2` to before `?3`; of the principal `?4` where one
/// is given; after the place `?5`, `?6`. Each half walks the primary key in the order wanted.
pub(super) const ASSIGNMENTS: &str = "\
    SELECT answer, scope, name FROM role_assignments
    WHERE scope IN (SELECT value FROM json_each(?1))
        AND (?4 IS NULL OR principal = ?4) AND (scope, name) > (?5, ?6)
    UNION ALL
    SELECT answer, scope, name FROM role_assignments
    WHERE scope >= ?2 AND scope < ?3
        AND (?4 IS NULL OR principal = ?4) AND (scope, name) > (?5, ?6)
    ORDER BY scope, name LIMIT ?7";
