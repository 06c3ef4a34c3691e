"""Addresses below /identity/."""

from django.urls import path

from quancheng.security.identity.web import changing, clients, serving, sessions, views

app_name = "identity"
urlpatterns = [
    path("", views.Profile.as_view(), name="profile"),
    path("posts/", serving.Seats.as_view(), name="seats"),
    path("posts/delegate/", serving.Delegate.as_view(), name="delegate"),
    path("delegations/<uuid:delegation_id>/end/", serving.EndDelegation.as_view(), name="end-delegation"),
    path("sessions/", sessions.Sessions.as_view(), name="sessions"),
    path("sessions/end-others/", sessions.EndOtherSessions.as_view(), name="end-other-sessions"),
    path("sessions/<uuid:session_id>/end/", sessions.EndSession.as_view(), name="end-session"),
    path("o/authorize", clients.Authorize.as_view(), name="authorize"),
    path("o/api/token", clients.Token.as_view(), name="token"),
    path("clients/", clients.Clients.as_view(), name="clients"),
    path("clients/new/", clients.NewClient.as_view(), name="new-client"),
    path("clients/<slug:client_id>/", clients.Client.as_view(), name="client"),
    path("clients/<slug:client_id>/change/", clients.ChangeClient.as_view(), name="change-client"),
    path("clients/<slug:client_id>/secret/", clients.RenewSecret.as_view(), name="renew-secret"),
    path("clients/<slug:client_id>/remove/", clients.RemoveClient.as_view(), name="remove-client"),
    path("organisations/", views.Organisations.as_view(), name="organisations"),
    path("organisations/<slug:code>/", views.Organisation.as_view(), name="organisation"),
    path("organisations/<slug:code>/new/", views.NewOrganisation.as_view(), name="new-organisation"),
    path("organisations/<slug:code>/rename/", changing.RenameOrganisation.as_view(), name="rename"),
    path("organisations/<slug:code>/move/", changing.MoveOrganisation.as_view(), name="move"),
    path("organisations/<slug:code>/merge/", changing.MergeOrganisation.as_view(), name="merge"),
    path("organisations/<slug:code>/split/", changing.SplitOrganisation.as_view(), name="split"),
    path("organisations/<slug:code>/close/", changing.CloseOrganisation.as_view(), name="close"),
    path("changes/<uuid:restructuring_id>/withdraw/", changing.WithdrawChange.as_view(), name="withdraw-change"),
    path("organisations/<slug:code>/posts/new/", views.NewPost.as_view(), name="new-post"),
    path("posts/<uuid:post_id>/roles/", views.ChangeRoles.as_view(), name="roles"),
    path("accounts/", views.Accounts.as_view(), name="accounts"),
    path("accounts/new/", views.NewAccount.as_view(), name="new-account"),
    path("accounts/<uuid:account_id>/", views.Account.as_view(), name="account"),
    path("accounts/<uuid:account_id>/deactivate/", views.Deactivate.as_view(), name="deactivate"),
    path("accounts/<uuid:account_id>/activate/", views.Activate.as_view(), name="activate"),
    path("accounts/<uuid:account_id>/password/", views.SetPassword.as_view(), name="set-password"),
    path("accounts/<uuid:account_id>/appoint/", views.Appoint.as_view(), name="appoint"),
    path("appointments/<uuid:appointment_id>/end/", views.EndAppointment.as_view(), name="end-appointment"),
]
