"""What the tests of this app tell people, and a gateway that remembers."""

import itertools
from datetime import UTC, datetime

from quancheng.support.notifications import public as notifications

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""Monday, twelve o'clock in the city."""
NIGHT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""Monday, eleven at night in the city."""
MORNING = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
"""Tuesday, eight in the morning: the quiet hours are over."""


def declared(code, *, text="{what}\n{more}", variables=None, **changes):
    """Return a `[[notice]]` as it stands in a `notices.toml`."""
    words = {"title": "{what}", "text": text, "sms": "{what}，请登录查看。", "voice": "您好，{what}。"}
    table = {
        "kind": code,
        "title": f"中文{code}",
        "title_en": f"English {code}",
        "for": ["citizen", "staff"],
        "channels": ["email", "sms", "push"],
        "variables": variables
        or [
            {"name": "what", "title": "事情", "title_en": "what", "type": "text", "example": "已受理",
             "example_en": "Accepted"},
            {"name": "more", "title": "说明", "title_en": "more", "type": "text", "example": "请等待"},
        ],
        "zh-hans": words,
        "en": {"title": "English: {what}", "text": "{more}", "sms": "{what}. Sign in."},
    }  # fmt: skip
    return table | changes


KINDS = (
    declared("probe.progress"),
    declared("probe.alarm", urgent=True, channels=["email", "sms", "voice"]),
    declared("probe.decision", always="《行政许可法》第四十四条", always_en="article 44"),
    declared("probe.quiet", channels=[]),
    declared("probe.inside", **{"for": ["staff"]}),
)


def tell(to, *, kind="probe.progress", what="已受理", more="您的申请已受理。", **changes):
    """Tell somebody something."""
    return notifications.notify(to=to, kind=kind, facts={"what": what, "more": more}, **{"at": NOON, **changes})


class Remembering:
    """A gateway that remembers what it was given; `answers` are what it does, one after the other, then for good."""

    def __init__(self, *answers):
        self.sent, self.answers = [], itertools.chain(answers, itertools.repeat(answers[-1] if answers else "sent"))

    def send(self, message):
        answer = next(self.answers)
        self.sent.append(message)
        if isinstance(answer, BaseException) or (isinstance(answer, type) and issubclass(answer, BaseException)):
            raise answer
        return answer
