-- Lists of apps by slug, of a node, a recipe or a state: each is read from its place on, and only as far as it is shown.
DROP INDEX apps_by_node;
CREATE INDEX apps_by_node ON apps (node_id, slug);
CREATE INDEX apps_by_name ON apps (slug, name);
CREATE INDEX apps_by_recipe ON apps (recipe, slug);
CREATE INDEX apps_by_state ON apps (json_extract(state, '$.state'), slug);
