"""Brings apps together that must not know one another."""

from django.apps import AppConfig


class Project(AppConfig):
    name = "quancheng.project"

    def ready(self) -> None:
        from quancheng.project import wiring

        wiring.connect()
