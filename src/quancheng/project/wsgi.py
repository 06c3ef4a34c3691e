"""The site as a WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quancheng.project.settings")
django_application = get_wsgi_application()

from quancheng.security.pki.middleware import thin  # noqa: E402  (reads models, which Django has just loaded)

# Certificate status is answered before Django's middleware, sessions and templates: it is asked thousands of times.
application = thin(django_application)
