import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

_django = get_wsgi_application()  # first: it sets Django up

from integrations.yandex.exit import ApiExit  # noqa: E402

application = ApiExit(_django)
