"""Addresses of the population register."""

from django.urls import path

from quancheng.registries.population.web import views

app_name = "population"

urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path("person/<uuid:person_id>/", views.Person.as_view(), name="person"),
    path("deliveries/", views.Deliveries.as_view(), name="deliveries"),
    path("deliveries/new/", views.Import.as_view(), name="import"),
    path("deliveries/<int:delivery_id>/", views.Delivery.as_view(), name="delivery"),
]
