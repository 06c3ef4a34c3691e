"""Addresses of the PKI. Those of CRLs and authorities stand in certificates and must not change."""

from django.urls import path

from quancheng.security.pki.web import certificates, ocsp, views
from quancheng.security.pki.web.acme import accounts, orders

app_name = "pki"
urlpatterns = [
    path("", views.Authorities.as_view(), name="authorities"),
    path("verify/", views.Verify.as_view(), name="verify"),
    path("roots.pem", views.Roots.as_view(), name="roots"),
    path("ca/<slug:name>.crt", views.CaCertificate.as_view(), name="ca"),
    path("crl/<slug:name>.crl", views.Crl.as_view(), name="crl"),
    path("ocsp", ocsp.Ocsp.as_view()),
    path("ocsp/", ocsp.Ocsp.as_view(), name="ocsp"),
    path("ocsp/<path:encoded>", ocsp.Ocsp.as_view()),
    path("tsa/", views.Timestamp.as_view(), name="timestamp"),
    path("certificates/", certificates.Certificates.as_view(), name="certificates"),
    path("certificates/<slug:serial>/", certificates.Certificate.as_view(), name="certificate"),
    path("certificates/<slug:serial>/chain.pem", certificates.Download.as_view(), name="download"),
    path("certificates/<slug:serial>/revoke/", certificates.Revoke.as_view(), name="revoke"),
    path("certificates/<slug:serial>/renew/", certificates.Renew.as_view(), name="renew"),
    path("acme-keys/", certificates.AcmeKeys.as_view(), name="acme-keys"),
    path("acme-keys/new/", certificates.NewAcmeKey.as_view(), name="acme-key"),
    path("acme-keys/<slug:kid>/withdraw/", certificates.WithdrawAcmeKey.as_view(), name="acme-key-withdraw"),
    path("enrolments/", certificates.Enrolments.as_view(), name="enrolments"),
    path("enrolments/new/", certificates.Enrol.as_view(), name="enrol"),
    path("enrolments/<int:enrolment_id>/", certificates.Enrolment.as_view(), name="enrolment"),
    path("acme/directory", accounts.Directory.as_view(), name="acme-directory"),
    path("acme/", accounts.Directory.as_view()),
    path("acme/new-nonce", accounts.NewNonce.as_view(), name="acme-new-nonce"),
    path("acme/new-account", accounts.NewAccount.as_view(), name="acme-new-account"),
    path("acme/new-order", orders.NewOrder.as_view(), name="acme-new-order"),
    path("acme/revoke-cert", orders.Revocation.as_view(), name="acme-revoke"),
    path("acme/key-change", accounts.KeyChange.as_view(), name="acme-key-change"),
    path("acme/account/<slug:slug>", accounts.Account.as_view(), name="acme-account"),
    path("acme/account/<slug:slug>/orders", accounts.Orders.as_view(), name="acme-orders"),
    path("acme/order/<slug:slug>", orders.Order.as_view(), name="acme-order"),
    path("acme/order/<slug:slug>/finalize", orders.Finalize.as_view(), name="acme-finalize"),
    path("acme/order/<slug:slug>/certificate", orders.IssuedCertificate.as_view(), name="acme-certificate"),
    path("acme/authorization/<slug:slug>", orders.Authorization.as_view(), name="acme-authorization"),
    path("acme/challenge/<slug:slug>", orders.Challenge.as_view(), name="acme-challenge"),
    path("acme/renewal-info/", orders.Renewal.as_view(), name="acme-renewal-base"),
    path("acme/renewal-info/<str:name>", orders.Renewal.as_view(), name="acme-renewal"),
]
