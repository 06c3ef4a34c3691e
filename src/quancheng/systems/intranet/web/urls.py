"""Addresses of the workbench."""

from django.urls import path

from quancheng.systems.intranet.web import views

app_name = "intranet"

urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path("tasks/", views.Tasks.as_view(), name="tasks"),
    path("tasks/claim/", views.Claim.as_view(), name="claim"),
    path("reading/", views.Reading.as_view(), name="reading"),
]
