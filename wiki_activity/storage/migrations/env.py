"""Run the migrations on the connection that `wiki_activity.storage.migrate` hands over."""

from alembic import context

from wiki_activity.storage.migrations.steps import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    # A step's rows are committed together with its number; MySQL commits its tables at once.
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
