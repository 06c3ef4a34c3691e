"""Addresses of the pages."""

from django.urls import path

from quancheng.security.crypto.web import usage

app_name = "crypto"
urlpatterns = [
    path("usage/", usage.Usage.as_view(), name="usage"),
    path("usage/<int:quota_id>/", usage.Caller.as_view(), name="caller"),
    path("usage/<int:quota_id>/quota/", usage.ChangeQuota.as_view(), name="quota"),
    path("api/", usage.Api.as_view(), name="api"),
]
