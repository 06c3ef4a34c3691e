"""Addresses below /attributes/."""

from django.urls import path

from quancheng.security.attributes.web import views

app_name = "attributes"
urlpatterns = [
    path("", views.Mine.as_view(), name="mine"),
    path("authority.pem", views.Authority.as_view(), name="authority"),
    path("list.crl", views.RevocationList.as_view(), name="list"),
    path("<slug:serial>/", views.Download.as_view(), name="download"),
    path("<slug:serial>/revoke/", views.Revoke.as_view(), name="revoke"),
]
