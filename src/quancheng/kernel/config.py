"""Settings that an app owns: one frozen dataclass, read once from the environment."""

import os
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

C = TypeVar("C")

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


class BadSetting(ValueError):
    """An environment variable that no field knows, or whose text does not fit its field."""


def read(config: type[C], *, prefix: str) -> C:
    """Return `config` filled from variables named `prefix` + FIELD.

    :raises BadSetting: for an unknown name under `prefix`, or a text that does not fit the field's type.
    """
    hints = get_type_hints(config)
    names = {prefix + field.name.upper(): field.name for field in fields(config)}  # type: ignore[arg-type]
    given = {name: text for name, text in os.environ.items() if name.startswith(prefix)}
    if unknown := sorted(given.keys() - names.keys()):
        raise BadSetting(f"no such setting: {', '.join(unknown)}; known are {', '.join(sorted(names))}")
    return config(**{names[name]: _value(name, text, hints[names[name]]) for name, text in given.items()})


def _value(name: str, text: str, wanted: Any) -> Any:
    try:
        if wanted is bool:
            if text.lower() not in TRUE | FALSE:
                raise ValueError(text)
            return text.lower() in TRUE
        if wanted in (int, float, str, Path):
            return wanted(text)
        if wanted == tuple[str, ...]:
            return tuple(part.strip() for part in text.split(",") if part.strip())
    except ValueError as error:
        raise BadSetting(f"{name}={text!r} is not a {wanted.__name__}") from error
    raise BadSetting(f"{name}: fields of type {wanted} cannot be read from the environment")


@cache
def data_dir() -> Path:
    """Return this site's writable folder (`QC_DATA`): keys, files, tiles, spool, the embedded database."""
    folder = Path(os.environ.get("QC_DATA", "var")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder
