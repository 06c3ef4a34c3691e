"""The product's server with one view more than its own; see bare_urls.py and errand.py."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quancheng.project.settings")

from django.conf import settings

settings.ROOT_URLCONF = "benchmarks.bare_urls"

from django.core.wsgi import get_wsgi_application  # noqa: E402  (reads the settings above)

application = get_wsgi_application()
