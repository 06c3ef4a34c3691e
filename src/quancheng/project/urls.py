"""URLs of this site: every installed app's own, the login, and in the extranet the portal at the root."""

from django.apps import apps
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from quancheng.kernel import discovery

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("language/", set_language, name="set_language"),
    *discovery.urlpatterns(),
    path("", include("allauth.idp.urls")),  # after identity's own, which guards the page of consent
]
if apps.is_installed("wagtail"):
    urlpatterns += [
        path("cms/", include("wagtail.admin.urls")),
        path("", include("wagtail.urls")),
    ]
else:
    urlpatterns += [path("", RedirectView.as_view(url="/workbench/"), name="home")]
