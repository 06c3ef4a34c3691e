"""Every list shows of the rows of every department exactly those that `Actor.may` allows, row by row.

Nothing is listed by hand: rows are planted in every model that has a column with an organisation's path, its code or
somebody's id; every page without places in its address is opened by everybody; what shows up there is the list. Pages
whose rows pmi was not asked about are faults by themselves.
"""

import re
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import models, transaction
from django.db.models import Max

from quancheng.kernel import discovery
from quancheng.security.identity import public as identity
from quancheng.security.identity.models import Account, Appointment, Organisation
from quancheng.security.identity.queries.people import place_of
from quancheng.security.pmi import public as pmi
from quancheng.security.pmi import queries
from quancheng.security.pmi.rules import Target, permitted
from quancheng.security.trail import public as trail
from tests.security import routes
from tests.security.city import CITIZENS, OWNER, STAFF, STRANGER
from tests.security.conftest import forgotten, read_to_the_end

# Rows of every department in every list take minutes: with what else is heavy.
pytestmark = [pytest.mark.django_db, pytest.mark.heavy]

PLACES = (
    "370100/", "370100/370100-spfw/", "370100/370100-scjg/", "370100/370100-jyj/", "370100/370102/",
    "370100/370102/370102-spfw/", "370100/370103/370103-spfw/",
)  # fmt: skip
PATH, ACTOR = re.compile(r"\d{6}/([\w-]+/)*", re.ASCII), re.compile(r"account:[0-9a-f-]{36}", re.ASCII)
# What a person would read of a row, where its marker therefore can stand.
NAMES = ("title", "name", "number", "key", "subject", "reason", "code", "text", "source", "error", "message_id")
READERS = {
    # Who holds every privilege there is, but each in another scope and at another place.
    "reader-city": ("370100", "BRANCH"),
    "reader-office": ("370100-spfw", "BRANCH"),
    "reader-unit": ("370100", "UNIT"),
    "reader-bureau": ("370102-spfw", "DEPARTMENT"),
    "reader-district": ("370102-spfw", "DISTRICT"),
    "reader-own": ("370100-scjg", "OWN"),
}
LISTS = [
    route
    for route in routes.every()
    if route.is_ours and not route.places and hasattr(route.view, "get") and hasattr(route.view, "action")
]
MOST_PAGES = 12
# Pages that show no more than one's own, whatever else one might see elsewhere.
ONES_OWN = {"/attributes/", "/crypto/sign/", "/pmi/emergencies/", "/workbench/reading/"}
BARREN = {
    "crypto.Quota", "crypto.SealUse", "identity.CertificateBinding", "identity.Departure", "pki.Enrolment",
    "identity.Delegation", "geography.Division", "approvals.Decision", "hall.Draft", "portal.HomePage",
    "portal.SectionPage", "portal.TopicPage", "portal.ArticlePage", "portal.NoticePage", "portal.PlainPage",
    "trail.Erasure", "documents.Hold", "workflow.Circulation", "workflow.Opening", "designer.Review",
    "notifications.Delivery",
}  # fmt: skip


@dataclass
class Planted:
    """A row with its marker; `columns` are where its path, code or owner stands."""

    row: models.Model
    marker: str
    columns: frozenset[str]


@dataclass
class Question:
    """What a page asked pmi about rows: a call of `visible` or `visible_by`."""

    actor: pmi.Actor
    action: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    me: object = None
    open_to: tuple[str, ...] = ()

    def about(self, row) -> bool:
        """Test whether the columns it names are columns of this row."""
        return all(_reaches(type(row), column) for column in self.columns.values() if column)

    def allows(self, row) -> bool:
        """Tell by `may`, and not by the condition made of it, whether the actor may see this row."""
        value = {kind: _value(row, column) for kind, column in self.columns.items() if column}
        action = value.get("privilege", self.action)
        # A list that names no owner shows nobody's own things.
        owner = value.get("owner", "somebody")
        if self.me is not None:
            owner = self.actor.id if owner == self.me else "somebody"
        place = value.get("organisation", pmi.placed(value["code"]) if "code" in value else None)
        if place is None:
            return permitted(self.actor, action, Target(owner=owner), open_to=self.open_to)
        return self.actor.may(action, place, owner) or (self.actor.kind in self.open_to and owner == self.actor.id)


def _columns(model):
    return {name for item in model._meta.fields for name in (item.name, item.attname)}


def _reaches(model, column):
    first, _gap, rest = column.partition("__")
    if first not in _columns(model):
        return False
    related = model._meta.get_field(first).related_model if rest else None
    return not rest or (related is not None and _reaches(related, rest))


def _value(row, column):
    for part in column.split("__"):
        row = getattr(row, part)
    return row.pk if isinstance(row, models.Model) else row


def ours():
    return [model for app in apps.get_app_configs() if isinstance(app, discovery.App) for model in app.get_models()]


def placing(model, codes):
    """Return the columns of a model that say where a row belongs or whose it is, judged by what stands in them."""
    found = {}
    for item in model._meta.concrete_fields:
        if item.is_relation and item.related_model is Account:
            found[item.attname] = "owner"
        elif isinstance(item, models.CharField) and not item.is_relation and not item.choices:
            values = set(model.objects.values_list(item.name, flat=True).distinct()[:200])
            if any(PATH.fullmatch(value or "") for value in values):
                found[item.name] = "organisation"
            elif values & codes:
                found[item.name] = "code"
            elif any(ACTOR.fullmatch(value or "") for value in values) and not item.name.endswith("name"):
                found[item.name] = "owner"
    return found


def plant(model, columns, marker, place, owner):
    """Store a copy of a row of this model, at the place or of the owner, with the marker in what people read of it."""
    rows = model.objects.order_by("pk")
    # A step that nobody has taken on yet is the one that lists offer.
    row = (rows.filter(state="OPEN").last() if "state" in _columns(model) else None) or rows.last()
    unique = [rule for rule in model._meta.constraints if isinstance(rule, models.UniqueConstraint)]
    alone = {name for rule in unique for name in rule.fields}
    row.pk = uuid4() if isinstance(model._meta.pk, models.UUIDField) else None
    row._state.adding = True
    named = False
    for item in model._meta.concrete_fields:
        kind = columns.get(item.attname) or columns.get(item.name)
        if kind == "organisation":
            setattr(row, item.name, place)
        elif kind == "code":
            setattr(row, item.name, place.rstrip("/").rpartition("/")[2])
        elif kind == "owner" and getattr(row, item.attname):
            setattr(row, item.attname, owner.pk if item.is_relation else owner.actor_id)
        elif item.primary_key or item.choices or item.is_relation:
            continue
        elif isinstance(item, models.CharField) and (item.unique or item.name in alone or item.name.endswith(NAMES)):
            setattr(row, item.name, marker[: item.max_length])
            named = named or item.max_length >= len(marker)
        elif isinstance(item, models.UUIDField) and item.unique:
            setattr(row, item.name, uuid4())
        elif isinstance(item, models.IntegerField) and (item.unique or item.name in alone):
            setattr(row, item.name, (model.objects.aggregate(top=Max(item.name))["top"] or 0) + 1)
    if not named and not isinstance(row.pk, UUID):
        return None
    with transaction.atomic():
        row.save()
    return row


@pytest.fixture
def planted(city, db):
    """Rows of every place and every owner in every model that says where its rows belong or whose they are."""
    for username, (organisation, scope) in READERS.items():
        names = list(queries.known_privileges())
        terms = {name: {"scope": scope} for name in names if scope != "BRANCH"}
        pmi.define_role(code=username, title=username, privileges=names, terms=terms)
        identity.ensure_account(username=username, name=username, kind="staff")
        identity.ensure_post(organisation=organisation, title=username, roles=[username], holders=[username])
    owners = [city.account(name) for name in (OWNER, STRANGER, "window", "reader-own")]
    codes = set(Organisation.objects.values_list("code", flat=True))
    found, barren = [], []
    for number, model in enumerate(ours()):
        columns = placing(model, codes)
        if not columns or model in (Organisation, Appointment) or not model.objects.exists():
            continue
        for turn in range(max(len(PLACES), len(owners))):
            marker = f"zq{number:02}x{turn}"
            try:
                row = plant(model, columns, marker, PLACES[turn % len(PLACES)], owners[turn % len(owners)])
            except Exception as error:  # noqa: BLE001 (whatever a constraint says: the row cannot stand twice)
                barren.append(f"{model._meta.label}: {error}")
                break
            if row is not None:
                # Without a name the row is known by the address that leads to it.
                found.append(Planted(row, marker if marker in repr(vars(row)) else str(row.pk), frozenset(columns)))
    for place in PLACES:
        # People are placed by where they serve.
        account = Account.objects.create(username=f"zqp{len(found)}", name=f"zqp{len(found)}", kind="staff")
        identity.ensure_post(
            organisation=place.rstrip("/").rpartition("/")[2], title=account.username, holders=[account.username]
        )
        found.append(Planted(account, account.username, frozenset()))
    # What cannot be copied has one row to one parent, or is placed in a tree of its own; no more than these are.
    assert {text.partition(":")[0] for text in barren} <= BARREN, barren
    return found


@pytest.fixture
def asked(monkeypatch):
    """What pages asked pmi, as they ask it."""
    questions = []

    def visible(actor, action, *, organisation="", code="", owner="", me=None, open_to=()):
        columns = {"organisation": organisation, "code": code, "owner": owner}
        questions.append(Question(actor, action, {key: name for key, name in columns.items() if name}, me, open_to))
        return real(actor, action, organisation=organisation, code=code, owner=owner, me=me, open_to=open_to)

    def visible_by(actor, *, privilege, organisation):
        questions.append(Question(actor, "", {"privilege": privilege, "organisation": organisation}))
        return real_by(actor, privilege=privilege, organisation=organisation)

    real, real_by = queries.visible, queries.visible_by
    for module in (pmi, queries):
        monkeypatch.setattr(module, "visible", visible)
        monkeypatch.setattr(module, "visible_by", visible_by)
    trail.restrict_with(visible)
    yield questions
    trail.restrict_with(real)


def shown(browser, path):
    """Return everything that a list shows, page after page."""
    bodies, number, last = [], 1, 1
    while number <= min(last, MOST_PAGES):
        answer = browser.get(path, {"page": number} if number > 1 else {})
        if answer.status_code != 200:
            break
        if answer.streaming:
            read_to_the_end(answer)
            break
        # What a form offers to choose from is no list; the action decides about what was chosen.
        bodies.append(re.sub(r"<option.*?</option>", "", answer.content.decode(errors="replace"), flags=re.S))
        last = max([last, *map(int, re.findall(r"[?&;]page=(\d{1,3})\b", bodies[-1]))])
        number += 1
    return "\n".join(bodies)


def allowed(item, actor, questions):
    """Tell whether the actor may see a row, by what the page asked; None when it asked nothing about such rows."""
    if isinstance(item.row, Account):
        ways = {question.action for question in questions if "organisation" in question.columns}
        return any(actor.may(action, place_of(item.row.pk)) for action in ways) if ways else None
    about = [question for question in questions if question.about(item.row)]
    return any(question.allows(item.row) for question in about) if about else None


def test_every_list_shows_exactly_what_may_be_seen_of_the_rows_of_every_department(city, planted, asked):
    faults, lists = [], set()
    everybody = (*READERS, *STAFF, *CITIZENS)
    browsers = {username: city.browser(username) for username in everybody}
    for route in LISTS:
        if route.view.action == pmi.PUBLIC:
            continue
        path, seen, may = route.path({}), {}, {}
        for username in everybody:
            asked.clear()
            with forgotten():
                body = shown(browsers[username], path)
            seen[username] = {item.marker for item in planted if item.marker in body}
            actor = asked[0].actor if asked else None
            judged = {item.marker: allowed(item, actor, asked) for item in planted} if actor else {}
            may[username] = {marker for marker, answer in judged.items() if answer}
            unasked = {marker for marker in seen[username] if judged.get(marker) is None}
            if unasked:
                faults.append(f"{path} as {username} shows rows that pmi was not asked about: {sorted(unasked)}")
        listed = set().union(*seen.values())
        lists |= {path} if listed else set()
        for username in everybody:
            beyond, missing = seen[username] - may[username], may[username] & listed - seen[username]
            if beyond or (missing and username in READERS and path not in ONES_OWN):
                faults.append(f"{path} as {username}: shows {sorted(beyond)} beyond, leaves out {sorted(missing)}")

    assert not faults, "\n".join(faults)
    # The test sees lists at all: without these it would be blind.
    assert {"/approvals/", "/trail/", "/identity/accounts/", "/exchange/messages/", "/pki/certificates/"} <= lists
    assert {"/workbench/tasks/", "/workflow/cases/", "/hall/submissions/", "/notifications/"} <= lists


def test_the_tree_of_organisations_shows_exactly_those_that_may_be_seen(city, planted):
    for username in READERS:
        actor = identity.actor_of(username)
        body = city.browser(username).get("/identity/organisations/").content.decode()

        found = {item.path for item in Organisation.objects.all() if f"/identity/organisations/{item.code}/" in body}

        may = {row.path: row for row in Organisation.objects.all() if actor.may("identity.organisation.read", row.path)}
        # One that is no more shows where something still speaks of it.
        assert {path for path, row in may.items() if row.valid_until is None} <= found <= set(may), username
