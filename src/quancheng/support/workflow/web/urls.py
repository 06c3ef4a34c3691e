"""Addresses of the pages about processes and cases."""

from django.urls import path

from quancheng.support.workflow.web import simulation, versions, views

app_name = "workflow"
urlpatterns = [
    path("", views.Definitions.as_view(), name="definitions"),
    path("definitions/<int:definition_id>/", views.OneDefinition.as_view(), name="definition"),
    path("definitions/<int:definition_id>/take-over/", versions.TakeOver.as_view(), name="take-over"),
    path("definitions/<int:definition_id>/simulate/", simulation.Simulate.as_view(), name="simulate"),
    path("cases/", views.Cases.as_view(), name="cases"),
    path("cases/<int:case_id>/", views.OneCase.as_view(), name="case"),
    path("cases/<int:case_id>/retry/", views.Retry.as_view(), name="retry"),
    path("cases/<int:case_id>/cancel/", views.CancelCase.as_view(), name="cancel"),
    path("tasks/<int:task_id>/", views.OneTask.as_view(), name="task"),
    path("tasks/<int:task_id>/<slug:move>/", views.MovePage.as_view(), name="move"),
    path("circulars/<int:circulation_id>/recall/", views.Recall.as_view(), name="recall"),
    path("hand-over/", views.HandOver.as_view(), name="hand-over"),
]
