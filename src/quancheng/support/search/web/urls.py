"""Addresses of search."""

from django.urls import path

from quancheng.support.search.web import views

app_name = "search"
urlpatterns = [
    path("", views.Results.as_view(), name="results"),
    path("suggest/", views.Suggest.as_view(), name="suggest"),
    path("missed/", views.Missed.as_view(), name="missed"),
    path("synonyms/", views.Synonyms.as_view(), name="synonyms"),
]
