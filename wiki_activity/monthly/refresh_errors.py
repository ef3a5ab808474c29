"""What can go wrong in the monthly use cases, apart from Wikimedia and the database."""


class UnknownWikiError(ValueError):
    """A wiki that the site matrix does not have; the message names it and those that look like it."""


class NotAskedForError(ValueError):
    """A wiki whose answers are to be accepted, and that is not asked for; the message names it."""


class HopelessError(Exception):
    """Nothing answers any more; what came before is stored, and the refresh can be resumed."""
