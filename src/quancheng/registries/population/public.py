"""The front door of the population register."""

from quancheng.registries.population.queries import UnknownPerson, facts, provenance

__all__ = ["UnknownPerson", "facts", "provenance"]
