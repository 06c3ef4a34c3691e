#!/usr/bin/env python3
"""Verifies Quancheng's trail without Quancheng: an export (folder or .zip) or one downloaded proof (.json).

    python verify_trail.py trail.zip [--key 'NAME+HASH+KEY'] [--known OLD_CHECKPOINT]

Needs Python 3.11 and `cryptography`. Names all that is wrong; exits 0 when nothing is. Formats: docs/guide-trail.md.
"""

# ruff: noqa: T201
import argparse
import base64
import contextlib
import hashlib
import json
import sys
import tempfile
import zipfile
from pathlib import Path

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

EMPTY, COLUMNS = bytes(32), {"action", "actor_id", "actor_name", "at", "organisation", "outcome"}


class Wrong(Exception): ...


WORDS = {InvalidSignature: "the signature is wrong", InvalidTag: "its body does not open with its salt"}
FAULTS = (Wrong, OSError, LookupError, ValueError, TypeError, AttributeError, zipfile.BadZipFile, *WORDS)


def demand(holds, sentence):
    if not holds:
        raise Wrong(sentence)


def words(error):
    return str(error) if isinstance(error, Wrong) else WORDS.get(type(error), f"it cannot be read ({error!r})")


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def plain(text):
    raw = base64.b64decode(text, validate=True)
    demand(base64.b64encode(raw).decode() == text, "it is not written as it was when it was signed")
    return raw


def read_key(text):
    """Return name, id, kind (1 log, 4 witness) and public key of `name+hash+base64`."""
    name, number, encoded = text.strip().split("+", 2)
    raw = plain(encoded)
    demand(sha(name.encode(), b"\n", raw)[:4].hex() == number and len(raw) == 33 and raw[0] in (1, 4), "malformed key")
    return name, bytes.fromhex(number), raw[0], Ed25519PublicKey.from_public_bytes(raw[1:])


def check_line(text, line, key):
    name, number, kind, public = read_key(key)
    blob, message = plain(line.split(" ")[-1]), text.encode()
    again = f"— {name} {base64.b64encode(blob).decode()}"
    demand(line == again and blob[:4] == number, f"the signature is not by {name}")
    if kind == 4:
        message = f"cosignature/v1\ntime {int.from_bytes(blob[4:12], 'big')}\n{text}".encode()
    public.verify(blob[12 if kind == 4 else 4 :], message)


def check_note(note, key):
    at = note.rfind("\n\n")
    lines = note[at + 2 :].split("\n")[:-1]
    demand(at >= 0 and note[-1] == "\n" and all(line[:2] == "— " for line in lines), "the note is malformed")
    mine = [line for line in lines if line.startswith(f"— {read_key(key)[0]} ")]
    demand(mine, "it is not signed by the log")
    for line in mine:
        check_line(note[: at + 1], line, key)
    return note[: at + 1]


def read_checkpoint(text):
    _origin, size, root, *more = text.split("\n")[:-1]
    register = [line.removeprefix("register/v1 ") for line in more if line.startswith("register/v1 ")]
    found = [plain(value) for value in (root, *register)]
    demand(str(int(size)) == size and all(len(value) == 32 for value in found), "the checkpoint is malformed")
    return int(size), found[0], found[1] if register else None


class Tree:
    def __init__(self, leaves=()):
        self.parts = []  # the complete subtrees so far, largest first, as (leaves, hash)
        for leaf in leaves:
            self.add(leaf)

    def add(self, leaf):
        self.parts.append((1, leaf))
        while len(self.parts) > 1 and self.parts[-1][0] == self.parts[-2][0]:
            (count, right), (_count, left) = self.parts.pop(), self.parts.pop()
            self.parts.append((2 * count, sha(b"\x01", left, right)))

    def root(self):
        value = self.parts[-1][1] if self.parts else sha()
        for _count, part in self.parts[-2::-1]:
            value = sha(b"\x01", part, value)
        return value


def root_by_path(leaf, index, size, path):
    """Return the root that an inclusion path (lowest first) leads to, following the tree from its top."""
    demand(0 <= index < size and (size == 1) == (not path), "the path has the wrong length")
    if size == 1:
        return leaf
    half = 1 << (size - 1).bit_length() - 1
    if index < half:
        return sha(b"\x01", root_by_path(leaf, index, half, path[:-1]), path[-1])
    return sha(b"\x01", path[-1], root_by_path(leaf, index - half, size - half, path[:-1]))


def name_key(kind, name):
    return sha(f"quancheng trail {kind}\n{name}".encode())


def chain(head, index):
    return sha(b"\x04", head, index.to_bytes(8, "big"))


def bit(key, depth):
    return key[depth // 8] >> (7 - depth % 8) & 1


class Register:
    """The register as a tree of pointers: None, a line [key, count, head], or a fork {0: …, 1: …, "hash": …}."""

    top, names = None, 0

    def enter(self, key, index):
        self.top = self._enter(self.top, 0, key, index)

    def _enter(self, node, depth, key, index):
        if node is None and depth >= 16:
            self.names += 1
            return [key, 1, chain(EMPTY, index)]
        if isinstance(node, list) and node[0] == key:
            return [key, node[1] + 1, chain(node[2], index)]
        if not isinstance(node, dict):
            node = {0: None, 1: None} if node is None else {bit(node[0], depth): node, 1 - bit(node[0], depth): None}
        node["hash"] = None
        node[bit(key, depth)] = self._enter(node[bit(key, depth)], depth + 1, key, index)
        return node

    def root(self, node=Ellipsis):
        node = self.top if node is Ellipsis else node
        if not isinstance(node, dict):
            return EMPTY if node is None else sha(b"\x02", node[0], node[1].to_bytes(8, "big"), node[2])
        if node["hash"] is None:
            node["hash"] = sha(b"\x03", self.root(node[0]), self.root(node[1]))
        return node["hash"]


def line_of(key, proof, root):
    """Return count and head that the register proves for `key`; 0 entries when it proves that there are none."""
    siblings = [bytes.fromhex(value) or EMPTY for value in proof["siblings"]]
    end, depth, value = proof["end"], len(siblings), EMPTY
    demand(16 <= depth <= 256 and {len(item) for item in siblings} == {32}, "the register's path has the wrong length")
    if end is not None:
        there, head = bytes.fromhex(end["key"]), bytes.fromhex(end["head"])
        fine = len(there) == 32 and end["count"] > 0 and all(bit(there, at) == bit(key, at) for at in range(depth))
        demand(fine, "the line in the register stands elsewhere")
        value = sha(b"\x02", there, end["count"].to_bytes(8, "big"), head)
    for at in range(depth - 1, -1, -1):
        pair = (siblings[at], value) if bit(key, at) else (value, siblings[at])
        value = EMPTY if pair == (EMPTY, EMPTY) else sha(b"\x03", *pair)
    demand(value == root, "the path in the register does not lead to the signed root")
    return (end["count"], head) if end is not None and there == key else (0, EMPTY)


def check_body(salt, body, leaf):
    """Check that salt and body are what the leaf commits to; return what the body says."""
    said, public = json.loads(body), json.loads(leaf)
    demand(sha(salt, body.encode()).hex() == public["body"], "its body is not the one that was recorded")
    demand(all(said[name] == public[name] for name in ("action", "at", "outcome")), "its leaf says something else")
    return said


def keys_of(said):
    by = {name_key("by", said["actor_id"])} if said["actor_id"] else set()
    return by | {name_key("about", subject) for subject in said["subjects"]}


def check_proof(proof, key):
    """Check a proof of one entry or of all entries of a name; return what it shows."""
    size, root, register = read_checkpoint(check_note(proof["checkpoint"], key))
    listed = proof["format"] == "quancheng-trail-subject/1"
    wanted = name_key(proof["kind"], proof["name"]) if listed else b""
    entries, value = proof["entries"] if listed else [proof], EMPTY
    for item in entries:
        path = [bytes.fromhex(step) for step in item["path"]]
        there = root_by_path(sha(b"\x00", item["leaf"].encode()), item["index"], size, path)
        demand(there == root, f"entry {item['index']} is not in the log")
        if item["body"] is not None:
            said = check_body(bytes.fromhex(item["salt"]), item["body"], item["leaf"])
            demand(not listed or wanted in keys_of(said), f"entry {item['index']} is about something else")
        value = chain(value, item["index"])
    erased = sum(item["body"] is None for item in entries)
    if not listed:
        return f"entry {proof['index']} is one of the {size} entries of the log" + (" (its body is erased)" * erased)
    demand(register, "the checkpoint has no register")
    count, head = line_of(wanted, proof["register"], register)
    demand((count, head) == (len(entries), value), f"the register has {count} entries of this name, other than these")
    return f"these {count} are all entries {proof['kind']} {proof['name']} among {size}; {erased} of them erased"


class Verification:
    def __init__(self, folder, key, witnesses, known):
        self.folder, self.key, self.witnesses, self.known = folder, key, witnesses, known
        self.files = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
        self.problems, self.signed = [], {}
        self.size = self.names = self.erased = self.closed = self.timestamps = self.cosignatures = 0

    @contextlib.contextmanager
    def blaming(self, place):
        try:
            yield
        except FAULTS as error:
            self.problems.append((place, words(error)))

    def read(self, name):
        demand(name in self.files, "the file is missing")
        return (self.folder / name).read_bytes()

    def lines(self, name):
        with self.blaming(name):
            for number, line in enumerate(self.read(name).decode().split("\n")[:-1], start=1):
                with self.blaming(f"{name}: line {number}"):
                    yield dict(json.loads(line))

    def run(self):
        with self.blaming("keys.json"):
            keys = json.loads(self.read("keys.json"))
            self.key, self.witnesses = self.key or keys["verifier"], self.witnesses or keys["witnesses"]
            demand(keys["verifier"] == self.key, "the log's public key is not the one that you hold")
        with self.blaming("manifest"):
            self._manifest(check_note(self.read("manifest").decode(), self.key).split("\n")[1:-1])
        with self.blaming("checkpoint"):
            self.size = self._remember("checkpoint", self.read("checkpoint").decode())
        for file in self.known:
            with self.blaming(file.name):
                self._remember(file.name, file.read_text(encoding="utf-8"))
        for item in self.lines("checkpoints.jsonl"):
            with self.blaming(place := f"checkpoints.jsonl: checkpoint {item.get('size')}"):
                demand(self._remember(place, item["text"], item) == item["size"], "it is another checkpoint")
        self._entries(self._log(self._leaves()))

    def _manifest(self, lines):
        listed = dict(reversed(line.split("  ", 1)) for line in lines)
        for name in sorted((listed.keys() | self.files) - {"manifest"}):
            with self.blaming(name):
                demand(name in listed, "the file does not belong to the export")
                demand(sha(self.read(name)).hex() == listed[name], "the file is not the one that was exported")

    def _remember(self, place, note, item=None):
        text = check_note(note, self.key)
        size, root, register = read_checkpoint(text)
        self.signed.setdefault(size, []).append((place, root, register))
        for witness, line in (item or {}).get("cosignatures", {}).items():
            with self.blaming(f"{place}, {witness}"):
                check_line(text, line, self.witnesses[witness])
                self.cosignatures += 1
        for kind in ("token", "second") if item else ():
            # Their signatures are for verify_stamps.py; here, that they are over this very checkpoint.
            with self.blaming(f"{place}, {'timestamp' if kind == 'token' else 'second timestamp'}"):
                demand(not item.get(kind) or sha(note.encode()) in plain(item[kind]), "it is over something else")
                self.timestamps += bool(item.get(kind))
        return size

    def _tile(self, level, number, width):
        parts = f"{number % 1000:03d}"
        while number := number // 1000:
            parts = f"x{number % 1000:03d}/{parts}"
        full = f"tile/{level}/{parts}"
        return full if width == 256 or full in self.files else f"{full}.p/{width}"

    def _leaves(self):
        leaves = []
        for start in range(0, self.size, 256):
            width, found, at = min(256, self.size - start), [], 0
            with self.blaming(name := self._tile("entries", start // 256, width)):
                content = self.read(name)
                while at + 2 <= len(content):
                    at, end = at + 2, at + 2 + int.from_bytes(content[at : at + 2], "big")
                    found.append(content[at:end])
                    at = end
                demand(at == len(content) and len(found) >= width, "the bundle is malformed")
            leaves += [*found, *[None] * width][:width]
        return leaves

    def _log(self, leaves):
        row, tree, level = [None if leaf is None else sha(b"\x00", leaf) for leaf in leaves], Tree(), 0
        whole = row.index(None) if None in row else self.size
        for count in range(self.size + 1):
            for place, root, _register in self.signed.get(count, ()):
                with self.blaming(place):
                    demand(count > whole or tree.root() == root, "its root is not that of the entries")
            if count < self.size:
                tree.add(row[count] or EMPTY)
        for size in sorted(size for size in self.signed if size > self.size):
            self.problems.append((self.signed[size][0][0], "it is larger than the log: the end has been cut off"))
        while row:
            parts = [row[start : start + 256] for start in range(0, len(row), 256)]
            for number, part in enumerate(parts):
                with self.blaming(name := self._tile(level, number, len(part))):
                    content = self.read(name)
                    for at, value in enumerate(part):
                        demand(value in (None, content[32 * at : 32 * at + 32]), f"hash {at} is wrong")
            full = [part for part in parts if len(part) == 256]
            row, level = [None if None in part else Tree(part).root() for part in full], level + 1
        return leaves

    def _entries(self, leaves):
        opened = "salts.jsonl" in self.files
        salts = {item.get("index"): item.get("salt") for item in (self.lines("salts.jsonl") if opened else ())}
        rows = {item.get("index"): item for item in self.lines("bodies.jsonl")}
        gaps, register, whole = set(), Register(), True
        for leaf in leaves:
            with contextlib.suppress(ValueError, TypeError, AttributeError):
                erases = json.loads(leaf).get("erases", [])
                gaps |= set(erases if isinstance(erases, list) else [erases])
        for index, leaf in enumerate(leaves):
            keys = None
            with self.blaming(f"bodies.jsonl: entry {index}"):
                demand(index in rows, "it is missing")
                keys = self._entry(rows.pop(index), leaf, salts.get(index), index in gaps, opened)
            whole = whole and keys is not None
            for key in keys or ():
                register.enter(key, index)
            for place, _root, root in self.signed.get(index + 1, ()):
                with self.blaming(place):
                    demand(not (root and whole) or register.root() == root, "its register is not that of the entries")
        self.names = register.names
        self.problems += [(f"bodies.jsonl: entry {index}", "it is behind the end of the log") for index in rows]

    def _entry(self, row, leaf, salt, gap, opened):
        demand(leaf is None or row["leaf"].encode() == leaf, "its leaf is not the one in the log")
        stated, columns, who = {bytes.fromhex(key) for key in row["keys"]}, row["columns"], row["columns"]["actor_id"]
        said, source = json.loads(row["leaf"]), "leaf"  # of an erased or closed body, all but the department is known
        if row["sealed"] is None:
            self.erased += 1
            demand(gap, "its body is gone, and no entry says that it was erased")
            demand(salt is None and who == columns["actor_name"] == "", "its body was erased, but not salt and actor")
        elif salt is None:
            self.closed += 1
            demand(not opened, "its salt is missing from salts.jsonl")
            demand(name_key("by", who) in stated or not who, "it is not filed under who acted")
        else:
            key = sha(b"quancheng trail body\n", bytes.fromhex(salt))
            body = AESGCM(key).decrypt(bytes(12), plain(row["sealed"]), None).decode()
            said, source = check_body(bytes.fromhex(salt), body, row["leaf"]), "body"
            demand(keys_of(said) == stated, "it is filed under other names than its body says")
        demand(set(columns) == COLUMNS, "it has other columns than it should")
        for name in columns.keys() & said.keys():
            demand(said[name] == columns[name], f"its column {name} says something else than its {source}")
        return stated


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, help="an export (folder or .zip) or a proof (.json)")
    parser.add_argument("--key", action="append", default=[], help="a public key that you noted, log's or witness's")
    parser.add_argument("--known", action="append", default=[], type=Path, help="a checkpoint that you kept")
    wish = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        try:
            return check(wish.path, Path(scratch), wish.key, wish.known)
        except FAULTS as error:
            print(f"WRONG: {wish.path.name}: {words(error)}")
            return 1


def check(path, scratch, keys, kept):
    own = next((key for key in keys if read_key(key)[2] == 1), "")
    if path.suffix == ".json":
        proof = json.loads(path.read_text(encoding="utf-8"))
        print(f"sound: {check_proof(proof, own or proof['verifier'])}")
        return 0
    if path.is_file():
        zipfile.ZipFile(path).extractall(scratch)
    witnesses = {read_key(key)[0]: key for key in keys if key != own}
    found = Verification(scratch if path.is_file() else path, own, witnesses, kept)
    found.run()
    print(f"{found.size} entries ({found.erased} erased, {found.closed} closed), {found.names} names")
    print(f"{found.cosignatures} cosignatures, {found.timestamps} timestamps, checkpoints of {len(found.signed)} sizes")
    for place, sentence in found.problems:
        print(f"WRONG: {place}: {sentence}")
    print(f"{len(found.problems)} problems" if found.problems else "The trail is sound.")
    return 1 if found.problems else 0


if __name__ == "__main__":
    sys.exit(main())
