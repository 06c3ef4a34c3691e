"""Addresses of the hall."""

from django.urls import path

from quancheng.systems.hall.web.views import affairs, drafts, services, verify

app_name = "hall"

urlpatterns = [
    path("", services.Home.as_view(), name="home"),
    path("service/<str:code>/", services.Service.as_view(), name="service"),
    path("service/<str:code>/questions/", services.Questions.as_view(), name="questions"),
    path("service/<str:code>/needs/", services.Needs.as_view(), name="needs"),
    path("service/<str:code>/paper/", services.Paper.as_view(), name="paper"),
    path("service/<str:code>/apply/", drafts.Start.as_view(), name="apply"),
    path("draft/<uuid:draft_id>/", drafts.Resume.as_view(), name="draft"),
    path("draft/<uuid:draft_id>/data/", drafts.RegistryData.as_view(), name="data"),
    path("draft/<uuid:draft_id>/data/status/", drafts.RegistryDataStatus.as_view(), name="data-status"),
    path("draft/<uuid:draft_id>/form/<int:page>/", drafts.FormPage.as_view(), name="form"),
    path("draft/<uuid:draft_id>/materials/", drafts.Materials.as_view(), name="materials"),
    path("draft/<uuid:draft_id>/materials/remove/", drafts.RemoveFile.as_view(), name="remove-file"),
    path("draft/<uuid:draft_id>/check/", drafts.Check.as_view(), name="check"),
    path("draft/<uuid:draft_id>/paper/", drafts.Paper.as_view(), name="draft-paper"),
    path("draft/<uuid:draft_id>/discard/", drafts.Discard.as_view(), name="discard"),
    path("submissions/", affairs.Submissions.as_view(), name="submissions"),
    path("submissions/<uuid:submission_id>/", affairs.Submission.as_view(), name="submission"),
    path("submissions/<uuid:submission_id>/receipt/", affairs.Receipt.as_view(), name="receipt"),
    path("submissions/<uuid:submission_id>/correction/", affairs.Correction.as_view(), name="correction"),
    path("submissions/<uuid:submission_id>/correction/file/", affairs.CorrectionFile.as_view(), name="correction-file"),
    path("submissions/<uuid:submission_id>/withdraw/", affairs.Withdraw.as_view(), name="withdraw"),
    path("submissions/<uuid:submission_id>/file/<str:digest>/", affairs.Download.as_view(), name="file"),
    path("wallet/", affairs.Wallet.as_view(), name="wallet"),
    path("wallet/<int:licence_id>/", affairs.LicenceFile.as_view(), name="licence"),
    path("verify/", verify.Verify.as_view(), name="verify"),
    path("verify/file/", verify.VerifyFile.as_view(), name="verify-file"),
    path("verify/<str:number>/", verify.VerifyCode.as_view(), name="verify-number"),
    path("verify/<str:number>/<str:code>/", verify.VerifyCode.as_view(), name="verify-code"),
]
