"""Addresses of documents."""

from django.urls import path

from quancheng.support.documents.web import uploads, views

app_name = "documents"
urlpatterns = [
    path("", views.Documents.as_view(), name="list"),
    path("new/", views.New.as_view(), name="new"),
    path("official/", views.Official.as_view(), name="official"),
    path("destroyed/", views.Destroyed.as_view(), name="destroyed"),
    path("uploads/", uploads.Uploads.as_view(), name="uploads"),
    path("uploads/<uuid:upload_id>/", uploads.OneUpload.as_view(), name="upload"),
    path("<uuid:document_id>/", views.OneDocument.as_view(), name="document"),
    path("<uuid:document_id>/versions/", views.AddVersion.as_view(), name="add-version"),
    path("<uuid:document_id>/lock/", views.Lock.as_view(), name="lock"),
    path("<uuid:document_id>/lock/break/", views.BreakLock.as_view(), name="break-lock"),
    path("<uuid:document_id>/retention/", views.SetRetention.as_view(), name="retention"),
    path("<uuid:document_id>/holds/", views.PlaceHold.as_view(), name="place-hold"),
    path("<uuid:document_id>/holds/<int:hold_id>/lift/", views.LiftHold.as_view(), name="lift-hold"),
    path("<uuid:document_id>/destroy/", views.Destroy.as_view(), name="destroy"),
    path("<uuid:document_id>/versions/<int:number>/file/", views.Download.as_view(), name="download"),
    path("<uuid:document_id>/versions/<int:number>/restore/", views.Restore.as_view(), name="restore"),
    path("<uuid:document_id>/versions/<int:number>/<int:page>.png", views.Picture.as_view(), name="picture"),
]
