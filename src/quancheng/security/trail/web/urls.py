"""Addresses of the trail."""

from django.urls import path

from quancheng.security.trail.web import views

app_name = "trail"
urlpatterns = [
    path("", views.Entries.as_view(), name="entries"),
    path("entries/<str:entry_id>/", views.OneEntry.as_view(), name="entry"),
    path("entries/<str:entry_id>/proof.json", views.Proof.as_view(), name="proof"),
    path("checkpoint", views.Checkpoint.as_view(), name="checkpoint"),
    path("tile/<path:path>", views.Tile.as_view(), name="tile"),
]
