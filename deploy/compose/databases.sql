-- Read once, by an empty MariaDB: a second database, for what Dagster keeps of its runs.
CREATE DATABASE dagster CHARACTER SET utf8mb4;
GRANT ALL ON dagster.* TO 'wiki_activity'@'%';
