"""The directory, nonces and accounts (RFC 8555 sections 7.1 to 7.3)."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone

from quancheng.security.pki.actions import acme as actions
from quancheng.security.pki.engine import acme
from quancheng.security.pki.models import (
    AcmeAccount,
)
from quancheng.security.pki.web.acme.protocol import SERVER, Endpoint, Signed


class Directory(Endpoint):
    """Where everything is (section 7.1.1)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        names = {
            "newNonce": "new-nonce",
            "newAccount": "new-account",
            "newOrder": "new-order",
            "revokeCert": "revoke",
            "keyChange": "key-change",
        }
        return JsonResponse(
            {key: self.url(name) for key, name in names.items()}
            | {
                "renewalInfo": self.url("renewal-base").rstrip("/"),
                "meta": {
                    "externalAccountRequired": True,
                    "website": request.build_absolute_uri(reverse("pki:authorities")),
                },
            }
        )


class NewNonce(Endpoint):
    """A fresh nonce (section 7.2)."""

    gives_nonce = True

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=204)

    def head(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=200)


class NewAccount(Signed):
    """Opens an account, or finds the one of a key (section 7.3)."""

    keys = ("jwk",)

    def answer(self) -> HttpResponse:
        wish = self.signed.json()
        found = AcmeAccount.objects.filter(thumbprint=acme.thumbprint(self.jwk)).first()
        if found is not None:
            if found.status != "valid":
                raise acme.Problem("unauthorized", f"The account is {found.status}.", status=403)
            return self.show_account(found)
        if wish.get("onlyReturnExisting"):
            raise acme.Problem("accountDoesNotExist", "There is no account for this key.")
        contact = actions.check_contact(wish.get("contact") or [])
        url = self.request.build_absolute_uri()
        key = actions.binding_key(wish.get("externalAccountBinding"), url=url, jwk=self.jwk)
        made = actions.create_account(actor=SERVER, jwk=self.jwk, key=key, contact=contact, at=timezone.now())
        return self.show_account(made, status=201)


class Account(Signed):
    """Shows and changes the account that signs (sections 7.3.2 and 7.3.6)."""

    def answer(self) -> HttpResponse:
        if self.slug != self.owner.slug:
            raise acme.Problem("unauthorized", "This is another account.", status=403)
        wish = self.wish()
        contact = actions.check_contact(wish["contact"]) if "contact" in wish else None
        close = wish.get("status") == "deactivated"
        if contact is None and not close:
            return self.show_account(self.owner)
        changed = actions.change_account(actor=SERVER, account=self.owner, contact=contact, deactivate=close)
        return self.show_account(changed)


class Orders(Signed):
    """The account's orders (section 7.1.2.1)."""

    def answer(self) -> HttpResponse:
        self.look_only()
        if self.slug != self.owner.slug:
            raise acme.Problem("unauthorized", "This is another account.", status=403)
        slugs = self.owner.orders.exclude(status="invalid").order_by("-pk").values_list("slug", flat=True)[:100]
        return JsonResponse({"orders": [self.url("order", slug=item) for item in slugs]})


class KeyChange(Signed):
    """Puts another key in the place of the account's (section 7.3.5)."""

    def answer(self) -> HttpResponse:
        inner = acme.read(self.signed.payload)
        jwk = acme.bare(inner.header.get("jwk"))
        acme.verify(inner, jwk)
        wish = inner.json()
        if inner.header.get("url") != self.signed.header["url"] or "nonce" in inner.header:
            raise acme.Problem("malformed", "The inner request is for another address, or has a nonce.")
        if wish.get("account") != self.signed.header["kid"] or acme.bare(wish.get("oldKey")) != self.owner.jwk:
            raise acme.Problem("malformed", "The inner request names another account or key.")
        taken = AcmeAccount.objects.filter(thumbprint=acme.thumbprint(jwk)).first()
        if taken is not None:
            headers = {"Location": self.url("account", slug=taken.slug)}
            raise acme.Problem("malformed", "The key belongs to an account already.", status=409, headers=headers)
        return self.show_account(actions.change_key(actor=SERVER, account=self.owner, jwk=jwk))
