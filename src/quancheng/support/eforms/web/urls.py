"""Where the page of all fields lives, beside the design pages."""

from django.urls import path

from quancheng.support.eforms.web import views

app_name = "eforms"
urlpatterns = [
    path("", views.Fields.as_view(), name="fields"),
    path("<slug:state>/", views.Fields.as_view(), name="fields-in"),
]
