"""SQL adapter: tables, migrations, reads and writes."""
