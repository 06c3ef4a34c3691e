"""Where the design page lives."""

from django.urls import path

from quancheng.support.look.web import views

app_name = "look"
urlpatterns = [
    path("", views.Design.as_view(), name="design"),
    path("workbench/", views.DenseDesign.as_view(), name="design-workbench"),
    path("plain/", views.PlainDesign.as_view(), name="design-plain"),
]
