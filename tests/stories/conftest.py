"""A town of two sites for the stories, prepared once and shared; each story does its own errand in it."""

import pytest

from quancheng.project.errand.restaurant import OpenRestaurant
from quancheng.support.demo.public import Town


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """Prepare a town's two sites and return their folder."""
    root = tmp_path_factory.mktemp("town")
    Town(root).prepare()
    return root


@pytest.fixture(scope="session")
def town(prepared):
    """Return the town with all its processes running."""
    town = Town(prepared)
    try:
        town.start()
        yield town
    finally:
        town.stop()


@pytest.fixture(scope="session")
def opened(town):
    """Return the errand, done from its first step to its last."""
    errand = OpenRestaurant(town)
    for step in errand.steps:
        errand.take(step)
    return errand
