"""Addresses of the posture."""

from django.urls import path

from quancheng.security.posture.web import views

app_name = "posture"
urlpatterns = [
    path("", views.Overview.as_view(), name="overview"),
    path("review/", views.Review.as_view(), name="review"),
    path("findings.csv", views.Export.as_view(), name="export"),
]
