"""What an account of all wikis is called now, as Meta-Wiki tells it."""

import re
from typing import Final

from wiki_activity.domain.logged_out import is_logged_out
from wiki_activity.wikimedia.answer_errors import MalformedAnswerError
from wiki_activity.wikimedia.http import PoliteSession, expect_mapping

_PARAMETERS: Final = {"action": "query", "meta": "globaluserinfo", "format": "json", "formatversion": "2"}
_LONGEST: Final = 255
_VANISHED: Final = re.compile(r"(?:Vanished|Renamed) user \w+")
"""What vanishing renames an account to, which it locks as well."""


def get_account_name(session: PoliteSession, url: str, account_id: str) -> str | None:
    """Get the name of the account of a central id; None where it is gone, hidden, has vanished or is a temporary one.

    Parameters
    ----------
    url
        Meta-Wiki's `api.php`.

    Raises
    ------
    MalformedAnswerError
        When it is no account's, or another one's.
    WikimediaError
        When it could not be read.
    """
    document = session.get_json(url, {**_PARAMETERS, "guiid": account_id})
    query = expect_mapping(expect_mapping(document, url, "the answer").get("query"), url, "query")
    account = expect_mapping(query.get("globaluserinfo"), url, "globaluserinfo")
    # Flags are true in one format version and "" in the other.
    missing, hidden, locked = (account.get(flag) not in {None, False} for flag in ("missing", "hidden", "locked"))
    if missing or hidden:
        return None
    name = account.get("name")
    if str(account.get("id")) != account_id or not isinstance(name, str) or not 0 < len(name.strip()) <= _LONGEST:
        msg = f"{url}: asked for the account {account_id}, it told of {account.get('id')!r:.40}, {name!r:.80}"
        raise MalformedAnswerError(msg)
    return None if is_logged_out(name) or (locked and _VANISHED.fullmatch(name)) else name
