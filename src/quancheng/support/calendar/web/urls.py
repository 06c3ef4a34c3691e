"""Addresses of the calendar."""

from django.urls import path

from quancheng.support.calendar.web import views

app_name = "calendar"
urlpatterns = [
    path("", views.Calculator.as_view(), name="calculator"),
    path("why/<uuid:clock_id>/", views.WhyThisDate.as_view(), name="why"),
    path("why/<uuid:clock_id>/calendar.ics", views.ClockFile.as_view(), name="clock-file"),
    path("official.ics", views.OfficialDays.as_view(), name="official"),
    path("feeds/", views.Feeds.as_view(), name="feeds"),
    path("feeds/<str:secret>.ics", views.Deadlines.as_view(), name="deadlines"),
    path("rules/", views.Rules.as_view(), name="rules"),
    path("rules/<str:code>/", views.OneRule.as_view(), name="rule"),
    path("years/", views.Years.as_view(), name="years"),
]
