"""The wikis that somebody with an account calls their own."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from wiki_activity.storage.database import reading, write
from wiki_activity.storage.schema import my_wikis
from wiki_activity.storage.upsert import upsert


def read_my_wikis(engine: Engine, person_id: str) -> tuple[str, ...] | None:
    """Return projects and groups (`lang:hi`) in the order in which they were kept; None where none ever were."""
    with reading(engine) as connection:
        text = connection.execute(select(my_wikis.c.names).where(my_wikis.c.person_id == person_id)).scalar()
    return None if text is None else tuple(json.loads(text))


def keep_my_wikis(engine: Engine, person_id: str, names: Sequence[str], now: datetime) -> None:
    """Keep these in the place of those before."""
    row = {"person_id": person_id, "names": json.dumps(list(names)), "changed_at": now}

    def keep(connection: Connection) -> None:
        upsert(connection, my_wikis, [row])

    write(engine, keep)


def list_starred(engine: Engine) -> list[str]:
    """List the projects and groups that anybody keeps, each once, in the order of names."""
    with reading(engine) as connection:
        texts = connection.execute(select(my_wikis.c.names)).scalars().all()
    return sorted({name for text in texts for name in json.loads(text)})
