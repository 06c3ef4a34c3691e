"""An export of the trail as a folder of files that a verifier reads without the server (docs/guide-trail.md).

Beside the tiles: `checkpoint`, `checkpoints.jsonl`, `keys.json` (public keys of log and witnesses), `bodies.jsonl`
(sealed) and `salts.jsonl`, which opens them and may be left out. `manifest` is a note signed by the log over the
SHA-256 of every file.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from quancheng.security.trail import rules
from quancheng.security.trail.engine import note
from quancheng.security.trail.engine.verification import Body, Export, Remembered

MANIFEST = "manifest"
BODIES, SALTS, CHECKPOINTS = "bodies.jsonl", "salts.jsonl", "checkpoints.jsonl"
KEYS, CHECKPOINT = "keys.json", "checkpoint"


def write(export: Export, folder: Path, *, salts: bool = True) -> None:
    """Put everything but the tiles into `folder` for `read`; without `salts` the bodies stay closed."""
    with (folder / BODIES).open("w", encoding="utf-8") as bodies:
        opening = (folder / SALTS).open("w", encoding="utf-8") if salts else None
        for body in export.bodies:
            line = {
                "index": body.index,
                "id": body.id,
                "leaf": body.leaf,
                "sealed": _text(body.sealed),
                "keys": [key.hex() for key in body.keys],
                "columns": dict(body.columns),
            }
            bodies.write(rules.canonical(line) + "\n")
            if opening and body.salt is not None:
                opening.write(rules.canonical({"index": body.index, "salt": body.salt.hex()}) + "\n")
        if opening:
            opening.close()
    with (folder / CHECKPOINTS).open("w", encoding="utf-8") as file:
        for item in export.remembered:
            line = {
                "size": item.size,
                "text": item.text,
                "token": _text(item.token),
                "second": _text(item.second),
                "cosignatures": dict(item.cosignatures),
            }
            file.write(rules.canonical(line) + "\n")
    keys = {"verifier": export.verifier, "witnesses": dict(export.witnesses)}
    (folder / KEYS).write_text(rules.canonical(keys) + "\n", encoding="utf-8")
    (folder / CHECKPOINT).write_text(export.checkpoint, encoding="utf-8")


def seal(folder: Path, signer: note.Signer) -> None:
    """Sign the list of all files in `folder`, so that whoever gets them knows that they came over whole."""
    names = sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    # No checkpoint can be mistaken for it: the second line of one is a number.
    text = f"quancheng-trail-export/1 {signer.name}\n" + "".join(lines)
    (folder / MANIFEST).write_text(f"{text}\n{signer.line(text)}\n", encoding="utf-8")


def read(folder: Path) -> Export:
    """Return the export in `folder`.

    :raises OSError: when a file is missing.
    :raises ValueError: when one is malformed.
    """
    keys = json.loads((folder / KEYS).read_text(encoding="utf-8"))
    lines = (folder / CHECKPOINTS).read_text(encoding="utf-8").splitlines()
    return Export(
        folder=folder,
        checkpoint=(folder / CHECKPOINT).read_text(encoding="utf-8"),
        verifier=keys["verifier"],
        witnesses=keys["witnesses"],
        remembered=tuple(_remembered(json.loads(line)) for line in lines),
        bodies=_bodies(folder),
        opened=(folder / SALTS).exists(),
    )


def _remembered(item: dict[str, object]) -> Remembered:
    tokens = {name: _bytes(item.get(name)) for name in ("token", "second")}
    return Remembered(**{**item, **tokens})  # type: ignore[arg-type]


def _bodies(folder: Path) -> Iterator[Body]:
    salts = {}
    if (folder / SALTS).exists():
        with (folder / SALTS).open(encoding="utf-8") as file:
            for line in file:
                item = json.loads(line)
                salts[item["index"]] = bytes.fromhex(item["salt"])
    with (folder / BODIES).open(encoding="utf-8") as file:
        for line in file:
            item = json.loads(line)
            keys = tuple(bytes.fromhex(key) for key in item["keys"])
            yield Body(**{**item, "salt": salts.get(item["index"]), "sealed": _bytes(item["sealed"]), "keys": keys})


def _text(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()


def _bytes(text: object) -> bytes | None:
    return None if text is None else base64.b64decode(str(text), validate=True)
