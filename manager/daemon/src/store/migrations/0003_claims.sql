-- Placement reads what has changed since the nodes were last looked at.
CREATE INDEX apps_by_change ON apps (updated_at);
