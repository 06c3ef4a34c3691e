"""Addresses of the trail."""

from django.urls import path

from quancheng.security.trail.web import views

app_name = "trail"
urlpatterns = [
    path("", views.Entries.as_view(), name="entries"),
    path("entries/<str:entry_id>/", views.OneEntry.as_view(), name="entry"),
    path("entries/<str:entry_id>/proof.json", views.Proof.as_view(), name="proof"),
    path("all/", views.OneName.as_view(), name="name"),
    path("all/proof.json", views.NameProof.as_view(), name="name-proof"),
    path("verify/", views.VerifyYourself.as_view(), name="verify"),
    path("forwarding/", views.OneForwarding.as_view(), name="forwarding"),
    path("erasures/", views.Erasures.as_view(), name="erasures"),
    path("erasures/new/", views.RequestErasure.as_view(), name="erase"),
    path("erasures/<int:erasure_id>/", views.OneErasure.as_view(), name="erasure"),
    path("checkpoint", views.Checkpoint.as_view(), name="checkpoint"),
    path("tile/<path:path>", views.Tile.as_view(), name="tile"),
]
