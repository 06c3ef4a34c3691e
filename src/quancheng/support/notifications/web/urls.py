"""Addresses below /notifications/."""

from django.urls import path

from quancheng.support.notifications.web import views

app_name = "notifications"
urlpatterns = [
    path("", views.Inbox.as_view(), name="inbox"),
    path("read/", views.MarkAllRead.as_view(), name="mark-all-read"),
    path("<uuid:message_id>/read/", views.MarkRead.as_view(), name="mark-read"),
]
