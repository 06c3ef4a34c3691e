"""The product's URLs and one bare view: the least that Django does for a signed-in person."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def bare(request: HttpRequest) -> HttpResponse:
    """Read the session and the account, answer with a word."""
    return HttpResponse("yes" if request.user.is_authenticated else "no")


urlpatterns = [path("bare/", bare), path("", include("quancheng.project.urls"))]
