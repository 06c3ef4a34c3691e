"""Addresses of the portal besides the pages that editors write."""

from django.urls import path

from quancheng.systems.portal.web import views

app_name = "portal"
urlpatterns = [path("search/", views.Search.as_view(), name="search")]
