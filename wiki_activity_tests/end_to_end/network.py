"""Hosts on one switch, each a network namespace with an address and a name of its own, joined by veth pairs.

To be made as root in namespaces for network and mounts that are made for it alone, and go with whoever made them:
`unshare --net --mount …`. Whoever makes it is on the network too.
"""

import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_PLACES: Final = Path("/run/netns")
_SWITCH: Final = "switch"


class Network:
    """The switch, and what is plugged into it.

    Parameters
    ----------
    folder
        For the file of names.
    names
        The hosts.
    """

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self.addresses = {name: f"10.77.0.{number}" for number, name in enumerate(names, 2)}
        _PLACES.mkdir(exist_ok=True)
        _call("mount", "-t", "tmpfs", "tmpfs", str(_PLACES))
        _call("ip", "link", "set", "lo", "up")
        _call("ip", "link", "add", _SWITCH, "type", "bridge")
        _call("ip", "address", "add", "10.77.0.1/24", "dev", _SWITCH)
        _call("ip", "link", "set", _SWITCH, "up")
        for name, address in self.addresses.items():
            _call("ip", "netns", "add", name)
            _call("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
            _call("ip", "link", "set", name, "master", _SWITCH, "up")
            _call("ip", "-n", name, "link", "set", "lo", "up")
            _call("ip", "-n", name, "address", "add", f"{address}/24", "dev", "eth0")
            _call("ip", "-n", name, "link", "set", "eth0", "up")
        self._hosts = folder / "hosts"
        self._hosts.touch()
        _call("mount", "--bind", str(self._hosts), "/etc/hosts")
        self.call("127.0.0.1", "localhost")

    def call(self, address: str, name: str) -> None:
        """Give an address a name, which holds on all hosts."""
        with self._hosts.open("a", encoding="utf-8") as hosts:
            hosts.write(f"{address} {name}\n")

    def enter(self, name: str) -> list[str]:
        """Return what begins a command on a host."""
        return ["nsenter", f"--net={_PLACES / name}"]

    def cut(self, name: str) -> None:
        """Pull a host's plug: nothing comes from it or to it, and nobody is told."""
        _call("ip", "link", "set", name, "down")

    def join(self, name: str) -> None:
        """Plug it in again."""
        _call("ip", "link", "set", name, "up")


def _call(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
