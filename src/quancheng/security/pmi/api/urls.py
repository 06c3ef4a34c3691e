"""Addresses below /api/pmi/."""

from django.urls import path

from quancheng.security.pmi.api import views

app_name = "pmi-api"
urlpatterns = [
    path("openapi.json", views.OpenApi.as_view(), name="openapi"),
    path("simulations", views.SimulationsCall.as_view(), name="simulations"),
    path("simulations/<uuid:simulation_id>", views.SimulationCall.as_view(), name="simulation"),
]
