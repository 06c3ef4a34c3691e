"""Two people at once, on a database file as a real site has it: exactly one wins, the other is told why."""

import sqlite3
import threading
from contextlib import closing
from http import HTTPStatus

import pytest
from django.db import connection, connections
from django.test import override_settings

from quancheng.systems.hall.models import Submission
from tests.security.city import STRANGER, WaitingCity
from tests.security.conftest import FAST, one_connection
from tests.security.test_http import html_of

pytestmark = pytest.mark.django_db


def together(*functions):
    """Run the functions at the same moment, each on a connection of its own; return what they returned."""
    gate, results = threading.Barrier(len(functions)), [None] * len(functions)

    def run(place, function):
        gate.wait()
        try:
            results[place] = function()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture(scope="module")
def town(folder, django_db_setup, django_db_blocker):
    """A city on a database file, stored for good; it is used from threads only, this one keeps its own connection."""
    with django_db_blocker.unblock(), override_settings(PASSWORD_HASHERS=FAST), one_connection():
        if connection.vendor != "sqlite":
            pytest.skip("the city is built in a copy of the database, and only a SQLite file is copied in a moment")
        connection.ensure_connection()
        name, file = connection.settings_dict["NAME"], folder / "town.sqlite3"
        with closing(sqlite3.connect(file)) as copy:
            connection.connection.backup(copy)
        connection.settings_dict["NAME"] = str(file)
        try:
            yield together(WaitingCity)[0]
        finally:
            connection.settings_dict["NAME"] = name


def alert(answer):
    return html_of(answer).find(role="alert").get_text(" ", strip=True)


def test_two_windows_that_submit_the_same_draft_lodge_it_once(town):
    def submit():
        return town.browser(STRANGER).post(f"{town.waiting.draft}check/", {"confirmed": "1"})

    answers = together(submit, submit, submit)
    (lodged,) = together(lambda: list(Submission.objects.values_list("pk", flat=True)))

    assert len(lodged) == 1
    assert {answer["Location"] for answer in answers} == {f"/hall/submissions/{lodged[0]}/receipt/"}


def test_of_two_clerks_who_accept_at_once_one_wins_and_the_other_is_told_why(town):
    together(town.take_in)

    def accept():
        return town.browser("window").post(f"{town.waiting.case}do/accept/", {"comment": ""})

    answers = sorted(together(accept, accept), key=lambda answer: answer.status_code)

    assert [answer.status_code for answer in answers] == [HTTPStatus.FOUND, HTTPStatus.CONFLICT]
    assert alert(answers[1])
