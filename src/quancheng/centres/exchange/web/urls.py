"""Pages of the exchange."""

from django.urls import path

from . import views

app_name = "exchange"
urlpatterns = [
    path("", views.Flows.as_view(), name="flows"),
    path("stuck/", views.StuckList.as_view(), name="stuck"),
    path("bundles/", views.Bundles.as_view(), name="bundles"),
    path("bundles/<int:item_id>/retry/", views.RetryBundle.as_view(), name="retry-bundle"),
    path("alarms/<int:alarm_id>/close/", views.CloseAlarm.as_view(), name="close-alarm"),
    path("messages/", views.Messages.as_view(), name="messages"),
    path("messages/<str:message_id>/", views.OneMessage.as_view(), name="message"),
    path("deliveries/<int:delivery_id>/resend/", views.Resend.as_view(), name="resend"),
    path("deliveries/<int:delivery_id>/discard/", views.Discard.as_view(), name="discard"),
]
