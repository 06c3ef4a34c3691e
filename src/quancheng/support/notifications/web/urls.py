"""Addresses below /notifications/."""

from django.urls import path

from quancheng.support.notifications.web import deliveries, texts, views, wishes

app_name = "notifications"
urlpatterns = [
    path("", views.Inbox.as_view(), name="inbox"),
    path("read/", views.MarkAllRead.as_view(), name="mark-all-read"),
    path("<uuid:message_id>/read/", views.MarkRead.as_view(), name="mark-read"),
    path("settings/", wishes.MyWishes.as_view(), name="wishes"),
    path("settings/browsers/", wishes.Subscribe.as_view(), name="subscribe"),
    path("settings/browsers/<int:push_subscription_id>/remove/", wishes.Unsubscribe.as_view(), name="unsubscribe"),
    path("worker.js", wishes.Worker.as_view(), name="worker"),
    path("templates/", texts.Templates.as_view(), name="templates"),
    path("templates/<str:kind>/", texts.OneTemplate.as_view(), name="template"),
    path("templates/<str:kind>/edit/", texts.EditTemplate.as_view(), name="template-edit"),
    path("templates/<str:kind>/publish/", texts.PublishTemplate.as_view(), name="template-publish"),
    path("templates/<str:kind>/discard/", texts.DiscardDraft.as_view(), name="template-discard"),
    path("deliveries/", deliveries.Deliveries.as_view(), name="deliveries"),
    path("deliveries/<uuid:delivery_id>/", deliveries.OneDelivery.as_view(), name="delivery"),
    path("deliveries/<uuid:delivery_id>/retry/", deliveries.Retry.as_view(), name="delivery-retry"),
    path("receipts/<str:channel>/", deliveries.Receipts.as_view(), name="receipts"),
]
