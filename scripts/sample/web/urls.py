"""Addresses of sample."""

from django.urls import path
from quancheng.business.sample.web import views

app_name = "sample"

urlpatterns = [
    path("", views.List.as_view(), name="list"),
    path("new/", views.Enter.as_view(), name="new"),
    path("<uuid:record_id>/", views.Show.as_view(), name="record"),
]
