"""Addresses of the PKI. Those of CRLs and authorities stand in certificates and must not change."""

from django.urls import path

from quancheng.security.pki.web import certificates, ocsp, views

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
    path("enrolments/", certificates.Enrolments.as_view(), name="enrolments"),
    path("enrolments/new/", certificates.Enrol.as_view(), name="enrol"),
    path("enrolments/<int:enrolment_id>/", certificates.Enrolment.as_view(), name="enrolment"),
]
