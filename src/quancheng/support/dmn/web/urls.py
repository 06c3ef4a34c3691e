"""Addresses of the pages about decision models."""

from django.urls import path

from quancheng.support.dmn.web import views

app_name = "dmn"
urlpatterns = [
    path("", views.Models.as_view(), name="models"),
    path("models/<int:definition_id>/", views.OneModel.as_view(), name="model"),
]
