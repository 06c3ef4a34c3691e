"""What every page of this app builds on."""

from quancheng.security.pmi import public as pmi


class Page(pmi.GuardedView):
    """A page that knows who is looking."""

    @property
    def actor(self) -> pmi.Actor:
        """Who is looking, as the middleware worked it out."""
        return self.request.actor  # type: ignore[attr-defined]
