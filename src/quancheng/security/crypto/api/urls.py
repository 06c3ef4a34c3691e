"""Addresses of the services."""

from django.urls import path

from quancheng.security.crypto.api import views

app_name = "crypto-api"
urlpatterns = [
    path("openapi.json", views.OpenApi.as_view(), name="openapi"),
    path("sign", views.SignCall.as_view(), name="sign"),
    path("batch", views.BatchCall.as_view(), name="batch"),
    path("verify", views.VerifyCall.as_view(), name="verify"),
    path("encrypt", views.EncryptCall.as_view(), name="encrypt"),
    path("decrypt", views.DecryptCall.as_view(), name="decrypt"),
    path("hash", views.HashCall.as_view(), name="hash"),
    path("timestamp", views.TimestampCall.as_view(), name="timestamp"),
]
