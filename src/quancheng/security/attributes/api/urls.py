"""Addresses below /api/attributes/."""

from django.urls import path

from quancheng.security.attributes.api import views

app_name = "attributes-api"
urlpatterns = [path("certificates", views.Certificates.as_view(), name="certificates")]
