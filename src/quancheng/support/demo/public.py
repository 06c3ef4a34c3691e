"""The front door of the sample city."""

from quancheng.support.demo.actions import build
from quancheng.support.demo.engine.town import Site, Town, TownFailed

__all__ = ["Site", "Town", "TownFailed", "build"]
