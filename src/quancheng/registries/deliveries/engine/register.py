"""What the mechanism must know of a register: its file's shape, its tables, and its words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise

from quancheng.registries.deliveries.engine.plans import Shape
from quancheng.registries.deliveries.engine.storing import Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """A register that lives on deliveries.

    `app` its label, under which its pages `deliveries`, `import` and `delivery` stand; `privilege` who may take files
    in; `shape` is asked once for a file, so that it may read what rows are checked against; `reasons` {code: sentence}
    for rejected rows; `columns` the sentence that says what a file looks like.
    """

    app: str
    privilege: str
    shape: Callable[[], Shape]
    tables: Tables
    reasons: Mapping[str, Promise]
    columns: Promise
