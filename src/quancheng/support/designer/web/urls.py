"""Addresses of the designers."""

from django.urls import path

from quancheng.support.designer.web import views

app_name = "designer"
urlpatterns = [
    path("", views.Designs.as_view(), name="designs"),
    path("new/", views.New.as_view(), name="new"),
    path("bundles/", views.Bundles.as_view(), name="bundles"),
    path("bundles/bring/", views.Bring.as_view(), name="bring"),
    path("bundles/<int:incoming_id>/", views.Arriving.as_view(), name="incoming"),
    path("<int:design_id>/", views.OneDesign.as_view(), name="design"),
    path("<int:design_id>/edit/", views.Edit.as_view(), name="edit"),
    path("<int:design_id>/draft/", views.Draft.as_view(), name="draft"),
    path("<int:design_id>/check/", views.Check.as_view(), name="check"),
    path("<int:design_id>/text/", views.Text.as_view(), name="text"),
    path("<int:design_id>/compare/", views.Compare.as_view(), name="compare"),
    path("<int:design_id>/try/", views.Try.as_view(), name="try"),
    path("<int:design_id>/take-over/", views.TakeOver.as_view(), name="take-over"),
    path("<int:design_id>/submit/", views.Submit.as_view(), name="submit"),
    path("<int:design_id>/withdraw/", views.Withdraw.as_view(), name="withdraw"),
    path("<int:design_id>/review/", views.Review.as_view(), name="review"),
    path("<int:design_id>/publish/", views.Publish.as_view(), name="publish"),
]
