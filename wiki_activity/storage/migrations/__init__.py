"""Alembic migrations: small steps that can be run again, since MySQL commits each of them."""
