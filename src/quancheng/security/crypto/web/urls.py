"""Addresses of the pages."""

from django.urls import path

from quancheng.security.crypto.web import clock, persons, seals, usage

app_name = "crypto"
urlpatterns = [
    path("usage/", usage.Usage.as_view(), name="usage"),
    path("usage/<int:quota_id>/", usage.Caller.as_view(), name="caller"),
    path("usage/<int:quota_id>/quota/", usage.ChangeQuota.as_view(), name="quota"),
    path("seals/", seals.Uses.as_view(), name="uses"),
    path("seals/apply/", seals.Apply.as_view(), name="apply"),
    path("seals/rules/", seals.Rules.as_view(), name="rules"),
    path("seals/rules/<slug:seal_code>/", seals.ChangeRule.as_view(), name="rule"),
    path("seals/<int:seal_use_id>/", seals.Use.as_view(), name="use"),
    path("seals/<int:seal_use_id>/confirm/", seals.Confirm.as_view(), name="confirm"),
    path("seals/<int:seal_use_id>/refuse/", seals.RefuseUse.as_view(), name="refuse"),
    path("seals/<int:seal_use_id>/document.pdf", seals.Document.as_view(), name="document"),
    path("seals/<int:seal_use_id>/sealed.pdf", seals.Document.as_view(sealed=True), name="sealed"),
    path("seals/<int:seal_use_id>/seal.svg", seals.Picture.as_view(), name="picture"),
    path("sign/", persons.SignDocument.as_view(), name="sign"),
    path("sign/<int:person_signature_id>/signature.p7s", persons.SignatureFile.as_view(), name="signature"),
    path("sign/<int:person_signature_id>/timestamp.tst", persons.SignatureFile.as_view(timestamp=True), name="stamp"),
    path("clock/", clock.Clock.as_view(), name="clock"),
    path("clock/accept/", clock.AcceptClock.as_view(), name="accept-clock"),
    path("api/", usage.Api.as_view(), name="api"),
]
