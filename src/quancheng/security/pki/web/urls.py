"""Addresses of the PKI. Those of CRLs and authorities stand in certificates and must not change."""

from django.urls import path

from quancheng.security.pki.web import ocsp, views

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
    path("certificates/", views.Certificates.as_view(), name="certificates"),
    path("certificates/<slug:serial>/revoke/", views.Revoke.as_view(), name="revoke"),
]
