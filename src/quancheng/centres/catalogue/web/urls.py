"""Pages of the catalogue."""

from django.urls import path

from . import views

app_name = "catalogue"
urlpatterns = [
    path("", views.ResourceList.as_view(), name="list"),
    path("topics/", views.Topics.as_view(), name="topics"),
    path("<str:code>/", views.OneResource.as_view(), name="resource"),
]
