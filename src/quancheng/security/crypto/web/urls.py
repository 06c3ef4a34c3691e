"""Addresses of the pages."""

from django.urls import path

from quancheng.security.crypto.web import clock, usage

app_name = "crypto"
urlpatterns = [
    path("usage/", usage.Usage.as_view(), name="usage"),
    path("usage/<int:quota_id>/", usage.Caller.as_view(), name="caller"),
    path("usage/<int:quota_id>/quota/", usage.ChangeQuota.as_view(), name="quota"),
    path("clock/", clock.Clock.as_view(), name="clock"),
    path("clock/accept/", clock.AcceptClock.as_view(), name="accept-clock"),
    path("api/", usage.Api.as_view(), name="api"),
]
