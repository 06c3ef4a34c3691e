"""SCIM 2.0 over HTTP (RFC 7644), to be read only, for systems that hold an access token (RFC 6750).

Whoever holds `identity.directory.read` sees the staff and the organisations that it reaches; each look is in the trail.
"""

import uuid
from abc import ABC, abstractmethod
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from pydantic import ValidationError
from scim2_models import Context, Error, ListResponse, ResponseParameters, SCIMException, SearchRequest
from scim2_models.path.expressions import Comparison

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import queries
from quancheng.security.identity.api import shapes
from quancheng.security.identity.queries import scim
from quancheng.security.pmi import public as pmi

TYPE = "application/scim+json"


class Scim(pmi.GuardedView):
    """A resource of the service; errors are SCIM's own (RFC 7644 section 3.12)."""

    request: Any
    http_method_names = ["get", "options"]

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if scheme:
            request.actor = (queries.system_of(token.strip()) if scheme.lower() == "bearer" else None) or pmi.ANONYMOUS
        if request.actor.kind == "anonymous" and self.action != pmi.PUBLIC:
            answer = self.error(HTTPStatus.UNAUTHORIZED, "An access token is needed.")
            answer["WWW-Authenticate"] = 'Bearer error="invalid_token"' if scheme else "Bearer"
            return answer
        try:
            return super().dispatch(request, *args, **kwargs)
        except Refusal as refusal:
            return self.error(refusal.status, str(refusal))
        except ValidationError as error:
            first = error.errors()[0]
            kind = str(first["type"]).removeprefix("scim_")
            kind = kind if kind in {"invalidFilter", "invalidPath"} else "invalidValue"
            return self.error(HTTPStatus.BAD_REQUEST, str(first["msg"]), kind)
        except SCIMException as error:
            return self.error(HTTPStatus.BAD_REQUEST, str(error), "invalidFilter")

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.error(HTTPStatus.METHOD_NOT_ALLOWED, "This directory is for reading only.")

    def error(self, status: int, detail: str, kind: str | None = None) -> HttpResponse:
        """Return an error as SCIM has it."""
        return self.answer(Error(status=int(status), detail=detail, scim_type=kind).model_dump(), status)

    def answer(self, body: dict[str, Any], status: int = HTTPStatus.OK) -> HttpResponse:
        """Return JSON."""
        return JsonResponse(body, status=status, content_type=TYPE, json_dumps_params={"ensure_ascii": False})

    def told(self, resource: Any) -> dict[str, Any]:
        """Return a resource as JSON, with the attributes that were asked for."""
        sent = self.request.GET
        asked = {key: sent[key] for key in ("attributes", "excludedAttributes") if key in sent}
        wish: ResponseParameters[Any] = ResponseParameters.model_validate(asked)
        return resource.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=wish)

    @property
    def home(self) -> str:
        """The address of the service."""
        return self.request.build_absolute_uri(reverse("identity-api:scim-config")).rpartition("/")[0]

    def listed(self, kind: Any, found: list[Any], total: int, start: int = 1) -> HttpResponse:
        """Return a list of resources."""
        page = ListResponse[kind](
            total_results=total, start_index=start, items_per_page=len(found), resources=found or None
        )
        body = page.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
        if found:
            body["Resources"] = [self.told(item) for item in found]
        return self.answer(body)


class ScimNothing(Scim):
    """Whatever else is asked for, answered as SCIM has it."""

    action = pmi.PUBLIC

    def get(self, _request: HttpRequest, rest: str) -> HttpResponse:
        return self.error(HTTPStatus.NOT_FOUND, "There is no such resource.")


class _Searched(Scim, ABC):
    """A list that is filtered, sorted and paged (RFC 7644 section 3.4.2)."""

    kind: Any = None

    def get(self, request: HttpRequest) -> HttpResponse:
        known = ("filter", "sortBy", "sortOrder", "startIndex", "count", "attributes", "excludedAttributes")
        sent = {key: request.GET[key] for key in known if key in request.GET}
        request_of: Any = SearchRequest
        return self.search(request_of[self.kind].model_validate(sent))

    @abstractmethod
    def search(self, wish: Any) -> HttpResponse:
        """Return the answer to a search."""

    def page(self, wish: Any, found: list[Any]) -> HttpResponse:
        """Return the page that was asked for of everything that might be meant."""
        if wish.filter:
            found = [item for item in found if wish.filter.match(item)]
        if wish.sort_by:
            found = wish.sort(found)
        start, count = self.span(wish)
        return self.listed(self.kind, found[start - 1 : start - 1 + count], len(found), start)

    def span(self, wish: Any) -> tuple[int, int]:
        """Return the first place, counted from 1, and how many are sent."""
        count = shapes.PAGE if wish.count is None else min(max(wish.count, 0), shapes.PAGE)
        return wish.start_index or 1, count


class ScimUsers(_Searched):
    """The staff."""

    action, kind = scim.READ, shapes.Member

    def search(self, wish: Any) -> HttpResponse:
        actor, named = self.request.actor, _user_name(wish)
        if wish.sort_by or (wish.filter and not named):
            total, found = scim.read_people(actor=actor, most=shapes.MOST + 1)
            if total > shapes.MOST:
                return self.error(HTTPStatus.BAD_REQUEST, "Too many people for this filter or order.", "tooMany")
            return self.page(wish, [shapes.user(item, self.home) for item in found])
        start, count = self.span(wish)
        total, found = scim.read_people(actor=actor, username=named, start=start - 1, most=count)
        return self.listed(self.kind, [shapes.user(item, self.home) for item in found], total, start)


class ScimUser(Scim):
    """One member of the staff."""

    action = scim.READ

    def get(self, request: Any, account_id: str) -> HttpResponse:
        try:
            key = uuid.UUID(account_id)
        except ValueError:
            raise queries.UnknownAccount from None
        return self.answer(self.told(shapes.user(scim.read_person(actor=request.actor, account_id=key), self.home)))


class ScimGroups(_Searched):
    """The organisations."""

    action, kind = scim.READ, shapes.Group

    def search(self, wish: Any) -> HttpResponse:
        offices = scim.read_offices(actor=self.request.actor)
        return self.page(wish, [shapes.group(item, self.home) for item in offices])


class ScimGroup(Scim):
    """One organisation with those who serve in it."""

    action = scim.READ

    def get(self, request: Any, code: str) -> HttpResponse:
        (office,) = scim.read_offices(actor=request.actor, code=code[:40])
        return self.answer(self.told(shapes.group(office, self.home)))


class ScimConfig(Scim):
    """What the service can do."""

    action = pmi.PUBLIC

    def get(self, _request: HttpRequest) -> HttpResponse:
        return self.answer(self.told(shapes.config(self.home)))


class _Described(Scim, ABC):
    """Part of the service's description; a filter has no place there (RFC 7644 section 4)."""

    action = pmi.PUBLIC

    def get(self, request: HttpRequest, name: str = "") -> HttpResponse:
        if "filter" in request.GET:
            return self.error(HTTPStatus.FORBIDDEN, "This is not filtered.")
        found = self.things()
        if name:
            one = next((item for item in found if item.id.casefold() == name.casefold()), None)
            return self.answer(self.told(one)) if one else self.error(HTTPStatus.NOT_FOUND, "There is no such thing.")
        return self.listed(type(found[0]), found, len(found))

    @abstractmethod
    def things(self) -> list[Any]:
        """Return everything there is of the kind."""


class ScimTypes(_Described):
    """Users and Groups."""

    def things(self) -> list[Any]:
        return list(shapes.PROVIDER.resource_types)


class ScimType(ScimTypes):
    """One of them."""


class ScimSchemas(_Described):
    """Every attribute there is."""

    def things(self) -> list[Any]:
        return list(shapes.PROVIDER.schemas)


class ScimSchema(ScimSchemas):
    """Those of one resource."""


def _user_name(wish: Any) -> str:
    """Return the name when it is by that alone that somebody is looked for, as most systems do."""
    tree = wish.filter.ast if wish.filter else None
    if isinstance(tree, Comparison) and str(tree.attr_path).casefold() == "username" and tree.op.value == "eq":
        return str(tree.value)
    return ""
