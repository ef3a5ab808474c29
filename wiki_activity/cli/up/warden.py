"""Ends everybody in its process group once the process that holds its standard input open is gone, however it went.

Run by path, without site-packages, so that it is small: nothing but the standard library is to be had here.
"""

import os
import signal
import sys
import time

_GRACE_SECONDS = 5.0


def main() -> None:
    """Wait for the end of standard input; then ask all to end, and after a while make them."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while sys.stdin.buffer.read(4096):
        continue
    os.killpg(0, signal.SIGTERM)
    time.sleep(_GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
