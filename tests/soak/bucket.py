"""An S3-compatible server in a process of its own: moto, which keeps each object at hand as the bytes that came.

By itself it reads a whole object anew for every part that is asked for; of gigabytes in pieces of a megabyte that takes
hours. `python -m tests.soak.bucket PORT`.
"""

import sys
from typing import Any

from moto.s3.models import FakeKey
from moto.server import main

AT_HAND = "_at_hand"


def _value(self: FakeKey) -> bytes:
    return self.__dict__.get(AT_HAND, b"")


def _set_value(self: FakeKey, content: Any) -> None:
    self.__dict__[AT_HAND] = bytes(content.encode() if isinstance(content, str) else content)
    self.contentsize = len(self.__dict__[AT_HAND])


if __name__ == "__main__":
    FakeKey.value = property(_value, _set_value)
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
