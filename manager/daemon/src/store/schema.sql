CREATE TABLE apps (
    id         TEXT PRIMARY KEY,
    slug       TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    recipe     TEXT NOT NULL,
    version    TEXT NOT NULL,
    node_id    TEXT NOT NULL REFERENCES nodes (id),
    desired    TEXT NOT NULL,
    state      TEXT NOT NULL,
    answers    TEXT NOT NULL,
    ports      TEXT NOT NULL,
    url        TEXT,
    plan       TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE audit (
    id        TEXT PRIMARY KEY,
    at        TEXT NOT NULL,
    actor     TEXT NOT NULL,
    from_addr TEXT,
    action    TEXT NOT NULL,
    subject   TEXT NOT NULL,
    detail    TEXT NOT NULL
) STRICT;

CREATE TABLE commands (
    id          TEXT PRIMARY KEY,
    at          TEXT NOT NULL,
    node_id     TEXT NOT NULL,
    app_id      TEXT,
    job_id      TEXT,
    command     TEXT NOT NULL,
    exit_status INTEGER,
    took_ms     INTEGER NOT NULL,
    purpose     TEXT NOT NULL
) STRICT;

CREATE TABLE discoveries (
    job_id  TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    machine TEXT NOT NULL,
    PRIMARY KEY (job_id, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE homelab_samples (
    resolution    INTEGER NOT NULL,
    at            INTEGER NOT NULL,
    cpu_percent   REAL NOT NULL,
    load1         REAL NOT NULL,
    memory_total  INTEGER NOT NULL,
    memory_used   INTEGER NOT NULL,
    swap_used     INTEGER NOT NULL,
    disk_total    INTEGER NOT NULL,
    disk_used     INTEGER NOT NULL,
    net_rx        REAL NOT NULL,
    net_tx        REAL NOT NULL,
    disk_read     REAL NOT NULL,
    disk_written  REAL NOT NULL,
    temperature_c REAL,
    PRIMARY KEY (resolution, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE incidents (
    id       TEXT PRIMARY KEY,
    at       TEXT NOT NULL,
    ended_at TEXT,
    subject  TEXT NOT NULL,
    text     TEXT NOT NULL,
    done     TEXT NOT NULL,
    acked_by TEXT
) STRICT;

CREATE TABLE job_log (
    job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    seq    INTEGER NOT NULL,
    at     TEXT NOT NULL,
    step   TEXT NOT NULL,
    text   TEXT NOT NULL,
    PRIMARY KEY (job_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_steps (
    job_id     TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    name       TEXT NOT NULL,
    state      TEXT NOT NULL,
    message    TEXT NOT NULL,
    progress   INTEGER,
    output     TEXT,
    started_at TEXT,
    ended_at   TEXT,
    PRIMARY KEY (job_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
    id              TEXT PRIMARY KEY,
    kind            TEXT NOT NULL,
    subject         TEXT NOT NULL,
    state           TEXT NOT NULL,
    input           TEXT NOT NULL,
    plan            TEXT,
    error           TEXT,
    cause           TEXT,
    fault           TEXT,
    actor           TEXT NOT NULL,
    cancel_asked    INTEGER NOT NULL DEFAULT 0,
    idempotency_key TEXT UNIQUE,
    input_hash      TEXT NOT NULL,
    created_at      TEXT NOT NULL,
    ended_at        TEXT
) STRICT;

CREATE TABLE nodes (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    link         TEXT NOT NULL,
    state        TEXT NOT NULL,
    facts        TEXT,
    labels       TEXT NOT NULL,
    groups       TEXT NOT NULL,
    adopted_at   TEXT NOT NULL,
    last_seen_at TEXT
) STRICT;

CREATE TABLE outages (
    node_id  TEXT NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    began_at TEXT NOT NULL,
    ended_at TEXT,
    fault    TEXT NOT NULL,
    PRIMARY KEY (node_id, began_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE samples (
    node_id       TEXT NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    resolution    INTEGER NOT NULL,
    at            INTEGER NOT NULL,
    cpu_percent   REAL NOT NULL,
    load1         REAL NOT NULL,
    memory_total  INTEGER NOT NULL,
    memory_used   INTEGER NOT NULL,
    swap_used     INTEGER NOT NULL,
    disk_total    INTEGER NOT NULL,
    disk_used     INTEGER NOT NULL,
    net_rx        REAL NOT NULL,
    net_tx        REAL NOT NULL,
    disk_read     REAL NOT NULL,
    disk_written  REAL NOT NULL,
    temperature_c REAL,
    PRIMARY KEY (node_id, resolution, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE secrets (
    id     TEXT PRIMARY KEY,
    owner  TEXT NOT NULL,
    name   TEXT NOT NULL,
    sealed BLOB NOT NULL,
    UNIQUE (owner, name)
) STRICT;

CREATE TABLE sessions (
    id           TEXT PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash   BLOB NOT NULL UNIQUE,
    csrf         TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    last_used_at TEXT NOT NULL,
    expires_at   TEXT NOT NULL
) STRICT;

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE tokens (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE COLLATE NOCASE,
    role         TEXT NOT NULL,
    token_hash   BLOB NOT NULL UNIQUE,
    created_at   TEXT NOT NULL,
    last_used_at TEXT
) STRICT;

CREATE TABLE users (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE COLLATE NOCASE,
    role          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at    TEXT NOT NULL
) STRICT;

CREATE INDEX apps_by_change ON apps (updated_at);

CREATE INDEX apps_by_name ON apps (slug, name);

CREATE INDEX apps_by_node ON apps (node_id, slug);

CREATE INDEX apps_by_recipe ON apps (recipe, slug);

CREATE INDEX apps_by_state ON apps (json_extract(state, '$.state'), slug);

CREATE INDEX commands_by_app ON commands (app_id, id);

CREATE INDEX commands_by_job ON commands (job_id, id);

CREATE INDEX incidents_by_subject ON incidents (subject, id);

CREATE INDEX jobs_by_state ON jobs (state);

CREATE INDEX jobs_by_subject ON jobs (subject, id);

CREATE INDEX sessions_by_user ON sessions (user_id);

