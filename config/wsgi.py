import os
from wsgiref.types import WSGIApplication

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application: WSGIApplication = get_wsgi_application()

from django.conf import settings  # noqa: E402  (Django is set up first)

if settings.SERVES_API:
    from integrations.yandex.exit import ApiExit

    application = ApiExit(application)
