"""Addresses of geography."""

from django.urls import path

from quancheng.registries.geography.web import views

app_name = "geography"

urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path("<str:code>/", views.Division.as_view(), name="division"),
]
