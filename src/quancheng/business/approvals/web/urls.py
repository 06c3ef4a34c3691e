"""Addresses of approvals."""

from django.urls import path

from quancheng.business.approvals.web import views

app_name = "approvals"

urlpatterns = [
    path("", views.List.as_view(), name="list"),
    path("services/", views.Services.as_view(), name="services"),
    path("services/<str:code>/", views.Service.as_view(), name="service"),
    path("services/<str:code>/publish/", views.Publish.as_view(), name="publish"),
    path("<uuid:application_id>/", views.Case.as_view(), name="case"),
    path("<uuid:application_id>/<slug:tab>/", views.Case.as_view(), name="tab"),
    path("<uuid:application_id>/do/accept/", views.Accept.as_view(), name="accept"),
    path("<uuid:application_id>/do/corrections/", views.RequestCorrections.as_view(), name="corrections"),
    path("<uuid:application_id>/do/refuse/", views.RefuseAcceptance.as_view(), name="refuse"),
    path("<uuid:application_id>/do/opinion/", views.GiveOpinion.as_view(), name="opinion"),
    path("<uuid:application_id>/do/decide/", views.Decide.as_view(), name="decide"),
    path("<uuid:application_id>/document/<str:digest>/", views.Document.as_view(), name="document"),
]
