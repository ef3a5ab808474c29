"""The secret of a machine on which none is set: made once, and kept in its state folder."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from wiki_activity.settings import PREFIX, SettingError

_NAME = "secret_key"
_BYTES = 32


def read_secret_key(state_dir: Path) -> str:
    """Return the secret of a state folder, made where there is none; only the folder's owner may read it.

    Raises
    ------
    SettingError
        If the folder cannot be written to, or what is kept there is no secret.
    """
    file = state_dir / _NAME
    try:
        if not file.exists():
            _make(file)
        file.chmod(0o600)
        key = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"the secret that links for writing are made with cannot be kept in {file}: {error}"
        raise SettingError(msg) from error
    if len(key) < _BYTES:
        msg = f"{file} holds no secret of {_BYTES} characters and more; delete it, and another is made"
        raise SettingError(msg)
    return key


def _make(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    begun = file.with_name(f"{_NAME}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(f"{secrets.token_urlsafe(_BYTES)}\n")
        # Of two programs that begin at once one makes it, and neither reads half of it.
        with suppress(FileExistsError):
            os.link(begun, file)
    finally:
        begun.unlink(missing_ok=True)


def write_link(explorer_url: str, token: str) -> str:
    """Write the address that lets a browser write; whoever has it may write."""
    return f"{explorer_url}/login?token={token}"


def say_link(explorer_url: str, token: str) -> str:
    """Say how to write, for whoever starts the explorer."""
    return f"Everybody at this machine may read. To write, open {write_link(explorer_url, token)}"


WITHOUT_LINK = (
    f"To write here, open the link that “wiki-activity explore”, “up” or “demo” printed when it was started, in this "
    f"browser. It stays the same. For others to log in, set {PREFIX}AUTH=mediawiki."
)
