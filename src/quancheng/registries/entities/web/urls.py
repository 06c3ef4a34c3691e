"""Addresses of the register of firms."""

from django.urls import path

from quancheng.registries.entities.web import views

app_name = "entities"

urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path("firm/<uuid:firm_id>/", views.Firm.as_view(), name="firm"),
    path("deliveries/", views.Deliveries.as_view(), name="deliveries"),
    path("deliveries/new/", views.Import.as_view(), name="import"),
    path("deliveries/<int:delivery_id>/", views.Delivery.as_view(), name="delivery"),
]
