"""Which moves of the office are open to somebody at a task. The page that offers and the action that acts ask here."""

from dataclasses import dataclass
from enum import StrEnum


class Move(StrEnum):
    """A move of the office; the value is its word in drawings (`qc:moves`) and addresses."""

    CLAIM = "claim"  # 签收（抢办）
    RELEASE = "release"  # 放回
    TRANSFER = "transfer"  # 转办
    LEND = "lend"  # 委托（一次）
    CALL_IN = "call-in"  # 收回委托
    SIGN_BEFORE = "sign-before"  # 前加签
    SIGN_PARALLEL = "sign-parallel"  # 并加签
    SIGN_AFTER = "sign-after"  # 后加签
    UNSIGN = "unsign"  # 减签
    UPHOLD = "uphold"  # 坚持原意见
    SEND_BACK = "send-back"  # 退回
    TAKE_BACK = "take-back"  # 取回
    CIRCULATE = "circulate"  # 传阅
    URGE = "urge"  # 催办
    ASSIGN = "assign"  # 指派


SIGNINGS = frozenset({Move.SIGN_BEFORE, Move.SIGN_PARALLEL, Move.SIGN_AFTER})
# A drawing cannot close the ways by which work finds another owner or goes on.
FORBIDDABLE = frozenset(Move) - {Move.CLAIM, Move.RELEASE, Move.CALL_IN, Move.UNSIGN, Move.UPHOLD, Move.ASSIGN}


# What was done at a step with this word stands: neither 退回 nor 取回 reaches it or goes back over it.
LASTING = "-reopen"


class UnknownMove(ValueError):
    """A drawing names a move that does not exist or cannot be forbidden."""


def forbidden(text: str) -> frozenset[Move]:
    """Return the moves that `qc:moves` closes: `none`, the moves it allows, or with minus signs those it does not.

    :raises UnknownMove: for another word, or both kinds mixed.
    """
    words = [word for word in text.split() if word != LASTING]
    if not words:
        return frozenset()
    if words == ["none"]:
        return FORBIDDABLE
    minus = {word.startswith("-") for word in words}
    names = {word.removeprefix("-") for word in words}
    if len(minus) > 1 or not names <= {*FORBIDDABLE}:
        raise UnknownMove(text)
    named = frozenset(Move(name) for name in names)
    return named if minus == {True} else FORBIDDABLE - named


def lasting(text: str) -> bool:
    """Test whether `qc:moves` lets what was done at the step stand for good."""
    return LASTING in text.split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Somebody before a task.

    `waiting`: the task is still to be done. `mine`: it is theirs, or of somebody whose post they act in. `free`: nobody
    has taken it on. `entitled`: they hold its privilege at its place and nothing bars them. `signing` is the state of
    the last signing, `held` whether the holder's act waits for it, `unsigned` whether some have not acted. `took_part`:
    they began the case, did something in it or were asked to sign. `retractable`: it is their own step, and nobody has
    opened what came of it. `closed` are the moves that the drawing forbids.
    """

    waiting: bool
    mine: bool = False
    free: bool = False
    entitled: bool = False
    lent: bool = False
    lender: bool = False
    signing: str = ""
    unsigned: bool = False
    held: bool = False
    returnable: bool = False
    retractable: bool = False
    took_part: bool = False
    oversees: bool = False
    manages: bool = False
    closed: frozenset[Move] = frozenset()


def offered(here: Situation) -> frozenset[Move]:
    """Return the moves that are open now."""
    found = _waiting(here) if here.waiting else set()
    if not here.waiting and here.retractable:
        found.add(Move.TAKE_BACK)
    if _holding(here) if here.waiting else here.took_part:
        found.add(Move.CIRCULATE)
    return frozenset(found) - here.closed


def _holding(here: Situation) -> bool:
    return here.mine or (here.free and here.entitled)


def _waiting(here: Situation) -> set[Move]:
    found: set[Move] = set()
    signed = here.signing == "OPEN"
    if here.manages and not (here.held and signed):
        found.add(Move.ASSIGN)
    if here.lender:
        found.add(Move.CALL_IN)
    if signed and here.unsigned and (_holding(here) or here.manages):
        found.add(Move.UNSIGN)
    if (here.took_part or here.oversees or here.lender) and (not here.mine or (signed and here.unsigned)):
        found.add(Move.URGE)
    if not _holding(here):
        return found
    if here.free:
        found.add(Move.CLAIM)
    if here.held:
        return found | ({Move.UPHOLD} | ({Move.SEND_BACK} if here.returnable else set()) if not signed else set())
    if here.mine:
        found.add(Move.RELEASE)
    if not here.lent:
        found |= {Move.TRANSFER, Move.LEND}
    if not signed:
        found |= SIGNINGS
    if here.returnable:
        found.add(Move.SEND_BACK)
    return found
