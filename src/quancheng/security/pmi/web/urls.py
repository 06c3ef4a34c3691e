"""Addresses below /pmi/."""

from django.urls import path

from quancheng.security.pmi.web import consents, emergencies, roles, simulations, views

app_name = "pmi"
urlpatterns = [
    path("why/", views.Why.as_view(), name="why"),
    path("roles/", views.Roles.as_view(), name="roles"),
    path("roles/<slug:code>/", roles.Role.as_view(), name="role"),
    path("roles/<slug:code>/terms/", roles.ChangeTerms.as_view(), name="terms"),
    path("roles/<slug:code>/withdraw/", roles.WithdrawPrivilege.as_view(), name="withdraw"),
    path("consents/", consents.Consents.as_view(), name="consents"),
    path("consents/<slug:matter>/give/", consents.Give.as_view(), name="give-consent"),
    path("consents/<slug:matter>/withdraw/", consents.Withdraw.as_view(), name="withdraw-consent"),
    path("purpose/", roles.Purpose.as_view(), name="purpose"),
    path("emergencies/", emergencies.Emergencies.as_view(), name="emergencies"),
    path("emergencies/take/", emergencies.TakeEmergency.as_view(), name="take-emergency"),
    path("emergencies/<uuid:emergency_id>/", emergencies.Emergency.as_view(), name="emergency"),
    path("simulations/", simulations.Simulations.as_view(), name="simulations"),
    path("simulations/new/", simulations.NewSimulation.as_view(), name="new-simulation"),
    path("simulations/<uuid:simulation_id>/", simulations.Simulation.as_view(), name="simulation"),
    path("simulations/<uuid:simulation_id>/delete/", simulations.DeleteSimulation.as_view(), name="delete-simulation"),
    path("separation/", views.Separation.as_view(), name="separation"),
    path("separation/rules/new/", views.NewConflict.as_view(), name="new-conflict"),
    path("separation/rules/<int:conflictrule_id>/end/", views.EndConflict.as_view(), name="end-conflict"),
    path("separation/recusals/new/", views.NewRecusal.as_view(), name="new-recusal"),
    path("separation/recusals/<uuid:recusal_id>/end/", views.EndRecusal.as_view(), name="end-recusal"),
]
