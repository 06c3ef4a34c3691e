"""Addresses of the calendar."""

from django.urls import path

from quancheng.support.calendar.web import views

app_name = "calendar"
urlpatterns = [
    path("", views.Calculator.as_view(), name="calculator"),
    path("why/<uuid:clock_id>/", views.WhyThisDate.as_view(), name="why"),
    path("years/", views.Years.as_view(), name="years"),
]
